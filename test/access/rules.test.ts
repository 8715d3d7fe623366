// Passwords, names, codes and devices.
import { expect } from "chai";
import * as fc from "fast-check";
import { deviceName, normalCode, normalName, passwordFault, spokenCode } from "../../src/access/rules.ts";

describe("passwords", () => {
  const isCommon = (text: string): boolean => text === "password123";
  const codeOf = (password: string, name = "zhou"): string => passwordFault(password, name, isCommon)?.code ?? "good";

  it("are 10 to 128 characters, counted as people count them", () => {
    expect(codeOf("绿茶石阶信号三十七")).to.equal("PASSWORD_LENGTH");
    expect(codeOf("绿茶石阶信号三十七号")).to.equal("good");
    expect(codeOf("🍵🪨📡🔑🚪🌧🍎🐎🚲")).to.equal("PASSWORD_LENGTH");
    expect(codeOf(`ab cd${"x".repeat(123)}`)).to.equal("good");
    expect(codeOf(`ab cd${"x".repeat(124)}`)).to.equal("PASSWORD_LENGTH");
  });

  it("are judged at once, however long and repetitive they are", () => {
    for (const piece of ["8", "0", "520", "1314", "5201314", "123456789", "woaini", "li", "2020", "19719"]) {
      const started = performance.now();
      codeOf(`${piece.repeat(128).slice(0, 127)}好`);
      expect(performance.now() - started, piece).to.be.below(500);
    }
  });

  it("are none that everybody tries, that repeat, or that say the name", () => {
    const chinese = [
      "woaini1314",
      "5201314520",
      "Woaini520520",
      "zhang123456",
      "1234567890",
      "wangwu8888!",
      "1qaz2wsx3edc",
    ];
    for (const weak of ["Password123", "aaaaaaaaaaaa", "abababababab", "my name is Zhou", ...chinese]) {
      expect(codeOf(weak), weak).to.equal("PASSWORD_COMMON");
    }
  });
});

describe("names", () => {
  it("are the same in every case and width", () => {
    expect(normalName(" Ｗang.Li ")).to.equal("wang.li");
  });
});

describe("codes that are typed from paper", () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  // A draw so uneven that twelve letters cannot be made of it is refused, not padded.
  const drawn = bytes.filter((random) => random.filter((byte) => byte < 248).length >= 12);

  it("are three groups of four, without letters that look alike", () => {
    fc.assert(
      fc.property(drawn, (random) => {
        expect(spokenCode(random)).to.match(/^[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}$/u);
      }),
    );
  });

  it("may be typed in any case and width, with any spaces and dashes", () => {
    const wide = (text: string): string =>
      text.replaceAll(/[A-Z0-9]/gu, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0));
    fc.assert(
      fc.property(drawn, fc.constantFrom(" ", "-", "　", "—", "."), (random, gap) => {
        const code = spokenCode(random);
        const kept = normalCode(code);
        expect(kept).to.have.lengthOf(12);
        expect(normalCode(code.toLowerCase().replaceAll("-", gap))).to.equal(kept);
        expect(normalCode(wide(code))).to.equal(kept);
      }),
    );
  });

  it("use each letter as often as any other: bytes that would favour some are left out", () => {
    expect(() => spokenCode(new Uint8Array(32).fill(250))).to.throw(RangeError);
    expect(spokenCode(Uint8Array.from({ length: 32 }, (_, at) => (at < 20 ? 255 : at - 20)))).to.equal(
      "2345-6789-ABCD",
    );
  });
});

describe("devices", () => {
  it("are called as their owner calls them", () => {
    const iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.40";
    expect(deviceName(iphone)).to.equal("iPhone（微信）");
    expect(deviceName("Mozilla/5.0 (Linux; Android 10; K) Chrome/120")).to.equal("安卓设备");
    expect(deviceName("Mozilla/5.0 (Windows NT 10.0; Win64; x64)")).to.equal("Windows 电脑");
    expect(deviceName("curl/8")).to.equal("其他设备");
  });
});
