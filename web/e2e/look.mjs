import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { closeBrowser, NUMBER, Scene } from "./scene.mjs";
import { document, picture, words } from "./pictures.mjs";
const out = process.argv[2];
await mkdir(out, { recursive: true });
const scene = await Scene.begin();
const NARROW = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const wait = (ms) => new Promise((r) => setTimeout(r, ms));
try {
  const visitor = await scene.visitor();
  const picker = (root) => root.locator("input[type=file]");
  await visitor.composer.waitFor();
  await picker(visitor.root).setInputFiles([
    picture(),
    document(),
    { ...words(), name: "too-large.zip", mimeType: "application/zip", buffer: Buffer.alloc(17 * 1024 * 1024) },
  ]);
  await visitor.composer.fill("The pump in our garden");
  await wait(1500);
  await visitor.root.screenshot({ path: join(out, "w-tray.png") });
  await visitor.root.getByRole("button", { name: "Remove too-large.zip" }).click();
  await visitor.composer.press("Enter");
  await wait(1500);
  const operator = await scene.operator();
  await operator.opens();
  await operator.root.locator(".f-picture img").first().waitFor();
  await picker(operator.root).setInputFiles([
    picture({ name: "plan.png", from: [20, 120, 80], to: [200, 240, 220] }),
    picture({ name: "plan2.png" }),
    document(),
  ]);
  await operator.composer.fill("Here is the offer");
  await wait(1000);
  await operator.root.screenshot({ path: join(out, "c-tray.png") });
  await operator.composer.press("Enter");
  await wait(1000);
  await operator.root.locator(".f-record").click();
  await wait(2500);
  await operator.root.screenshot({ path: join(out, "c-recording.png") });
  await operator.root.locator(".f-bar .icon-button").last().click();
  await wait(800);
  await operator.root.screenshot({ path: join(out, "c-voice.png") });
  await operator.root.locator(".composer-send").click();
  await wait(1000);
  await visitor.root.locator(".f-record").click();
  await wait(1500);
  await visitor.root.screenshot({ path: join(out, "w-recording.png") });
  await visitor.root.locator(".f-send").click();
  await wait(1500);
  await visitor.root.screenshot({ path: join(out, "w-log.png") });
  await operator.root.screenshot({ path: join(out, "c-log.png") });
  await visitor.root.emulateMedia({ colorScheme: "dark" });
  await operator.root.emulateMedia({ colorScheme: "dark" });
  await picker(operator.root).setInputFiles([document()]);
  await picker(visitor.root).setInputFiles([picture(), document()]);
  await wait(800);
  await visitor.root.screenshot({ path: join(out, "w-dark.png") });
  await operator.root.screenshot({ path: join(out, "c-dark.png") });
  console.log(scene.complaints);
} finally {
  await scene.end();
  await closeBrowser();
}
