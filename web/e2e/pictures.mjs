/** Files for stories: small, real, and made here. */

import { crc32, deflateSync } from "node:zlib";

/** A picture with a slope of two colours. */
export function picture({
  name = "pump.png",
  width = 640,
  height = 480,
  from = [47, 74, 196],
  to = [240, 180, 90],
} = {}) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const share = (x / width + y / height) / 2;
      for (let c = 0; c < 3; c++) rows[y * (width * 3 + 1) + 1 + x * 3 + c] = from[c] + (to[c] - from[c]) * share;
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const buffer = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
  return { name, mimeType: "image/png", buffer };
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body) >>> 0);
  return Buffer.concat([length, body, sum]);
}

/** A document of so many bytes. */
export function document({ name = "Offer 2026.pdf", size = 2_048 } = {}) {
  const buffer = Buffer.alloc(size, " ");
  buffer.write("%PDF-1.7\n");
  return { name, mimeType: "application/pdf", buffer };
}

export function words({ name = "notes.txt", text = "Where the pump stands" } = {}) {
  return { name, mimeType: "text/plain", buffer: Buffer.from(text) };
}
