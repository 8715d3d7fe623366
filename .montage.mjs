import sharp from "sharp";
import fs from "node:fs";
const [out, ...names] = process.argv.slice(2);
const dir = "/tmp/s8walk/shots/";
const H = 1500;
let x = 0;
const parts = [];
for (const n of names) {
  const img = sharp(dir + n + ".png");
  const m = await img.metadata();
  let off = 0;
  while (off < Math.min(m.height, H * 2)) {
    const h = Math.min(H, m.height - off);
    if (h < 60) break;
    parts.push({
      input: await sharp(dir + n + ".png")
        .extract({ left: 0, top: off, width: m.width, height: h })
        .toBuffer(),
      left: x,
      top: 0,
    });
    x += m.width + 10;
    off += H;
  }
}
await sharp({ create: { width: x, height: H, channels: 3, background: "#888" } })
  .composite(parts)
  .png()
  .toFile("/tmp/s8walk/m/" + out + ".png");
console.log(out, x);
