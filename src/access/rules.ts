// Passwords, names and devices: what will do, and what they are called. Pure.
import { refuse, type Refusal } from "../base/refusal.ts";

/** OWASP ASVS 5.0, 6.2.1 and 6.2.9: length counts, composition does not. */
const PASSWORD_MIN = 10;
const PASSWORD_MAX = 128;

/**
 * Pieces that passwords in China are made of: surnames, love words, lucky numbers, rows of keys; lists from elsewhere
 * lack them. Longer ones first: a text is cut into them from its beginning, and never tried in two ways.
 */
const PIECES = [
  "woaini|aini|woshi|baobei|laopo|laogong|mima|zhongguo|wuye|yeweihui|admin|password|iloveyou|love|qq|abc",
  "qwertyuiop|qwerty|qwer|qwe|asdfgh|asdf|asd|zxcvbn|zxcv|zxc|1qaz|2wsx|3edc|qaz|wsx|edc|q1w2e3r4",
  "wang|zhang|liu|chen|yang|huang|zhao|zhou|xiao|guo|sun|zhu|lin|gao|luo|lao|li|wu|xu|ma|hu|he|da",
  "1314|520|521|123456789|987654321|12345678|1234567|123456|654321|12345|1234|321|123|168|[0689]|19[5-7]\\d|20[0-2]\\d",
  "[!.@#_-]",
];
const PIECE = new RegExp(PIECES.join("|"), "gu");

/** Why a password will not do; null when it does. `isCommon` is the answer of a list of leaked passwords. */
export function passwordFault(password: string, name: string, isCommon: (text: string) => boolean): Refusal | null {
  const length = [...password].length;
  if (length < PASSWORD_MIN || length > PASSWORD_MAX) {
    return refuse(
      "PASSWORD_LENGTH",
      `密码有 ${length} 个字符。`,
      `请用 ${PASSWORD_MIN} 到 ${PASSWORD_MAX} 个字符，例如几个不相干的词连在一起。`,
    );
  }
  const small = password.toLowerCase();
  if (isCommon(small) || small.replace(PIECE, "") === "" || new Set(password).size < 4 || small.includes(name)) {
    return refuse(
      "PASSWORD_COMMON",
      "这个密码太容易被猜到（常见密码、重复字符或含有登录名）。",
      "请换一个别人想不到的，例如几个不相干的词连在一起。",
    );
  }
  return null;
}

/** Sign-in names are compared without case, width or spaces around. */
export function normalName(name: string): string {
  return name.normalize("NFKC").trim().toLowerCase();
}

// Without 0/O, 1/I/L: it is typed from paper by people of seventy.
const CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CODE_LENGTH = 12;

/** "K7QM-4XPR-9TDA" from random bytes: 59 bits, typed from a letter. Bytes beyond the last whole round are left out. */
export function spokenCode(random: Uint8Array): string {
  const fair = 256 - (256 % CODE_LETTERS.length);
  const letters = [...random].filter((byte) => byte < fair).map((byte) => CODE_LETTERS[byte % CODE_LETTERS.length]);
  if (letters.length < CODE_LENGTH) {
    throw new RangeError(`${random.length} random bytes are too few for a code`);
  }
  return (letters.slice(0, CODE_LENGTH).join("").match(/.{4}/gu) ?? []).join("-");
}

/** A typed code as it was printed: case, width, spaces and hyphens do not matter. */
export function normalCode(text: string): string {
  return text
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[^0-9A-Z]/gu, "");
}

const DEVICES: readonly (readonly [RegExp, string])[] = [
  [/iPhone/u, "iPhone"],
  [/iPad/u, "iPad"],
  [/HarmonyOS|OpenHarmony/u, "鸿蒙设备"],
  [/Android/u, "安卓设备"],
  [/Windows/u, "Windows 电脑"],
  [/Macintosh/u, "苹果电脑"],
  [/Linux/u, "Linux 电脑"],
];

/** What a browser runs on, as its owner would say it. Only for lists: anybody can claim anything here. */
export function deviceName(userAgent: string): string {
  const device = DEVICES.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "其他设备";
  return /MicroMessenger/u.test(userAgent) ? `${device}（微信）` : device;
}
