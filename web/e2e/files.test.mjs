/** Who sends files and voice notes, either way, on whatever channel, and over a line that breaks. */

import assert from "node:assert/strict";
import { document, picture, words } from "./pictures.mjs";
import { NUMBER, story } from "./story.mjs";
import { becomes, until } from "./wait.mjs";

const MEBIBYTE = 1024 * 1024;

story("a visitor sends a picture with words, and the operator sees both in one message", async (scene) => {
  const visitor = await scene.visitor();
  await chooses(visitor, picture(), document());
  await visitor.isTold("2 files are ready to be sent.");
  await visitor.says("Our pump");
  await visitor.sees("Our pump");
  const operator = await scene.operator();
  await operator.opens();
  await operator.sees("Our pump");
  await seesPictures(operator.log, 1);
  await seesPictures(visitor.log, 1);
  const message = operator.log.locator(".message");
  assert.equal(await message.count(), 1);
  assert.deepEqual(await documents(operator.log), ["Offer 2026.pdf"]);
  assert.equal(await bytesOf(operator.root, operator.log.locator("a.f-document")), document().buffer.length);
  assert.equal(await visitor.root.locator(".f-tray li").count(), 0, "the tray is empty again");
});

story("a picture has its room before it is there: nothing is pushed about", async (scene) => {
  const { visitor, operator } = await scene.chat();
  let arrive;
  const arrived = new Promise((resolve) => (arrive = resolve));
  await visitor.root.route("**/f/*", async (route) => {
    await arrived;
    await route.continue();
  });
  await chooses(operator, picture({ width: 300, height: 900 }));
  await operator.says("A tall one");
  const shown = visitor.log.locator(".f-picture");
  await shown.waitFor();
  const before = await shown.boundingBox();
  arrive();
  await seesPictures(visitor.log, 1);
  assert.deepEqual(await shown.boundingBox(), before);
});

story("an operator sends a document to a phone on WhatsApp, and is told before what goes as a link", async (scene) => {
  await scene.server.whatsapp(NUMBER, "Is there an offer?");
  const operator = await scene.operator();
  const { root } = operator;
  await operator.opens();
  await chooses(operator, document());
  await operator.button(/^Remove Offer/).waitFor();
  assert.equal(await root.getByText("goes as a link").count(), 0, "WhatsApp carries a document");
  await chooses(operator, picture());
  await root.getByText("WhatsApp does not carry one of the files as it is").waitFor();
  await operator.says("Here it is");
  await operator.sees("Is there an offer?", "Here it is");
  await operator.log
    .getByRole("img", { name: /Delivered|Sent/ })
    .or(operator.log.locator(".ticks"))
    .first()
    .waitFor();
  const [message] = await until(
    async () => (await scene.server.messagesOf(NUMBER)).filter(({ from }) => from !== NUMBER),
    (messages) => messages.length === 1,
    "the phone has it",
  );
  assert.deepEqual(
    message.media.map(({ name }) => name),
    ["Offer 2026.pdf"],
  );
  const [, link] = /(http\S+)/.exec(message.text) ?? [];
  const got = await fetch(link);
  assert.equal(got.headers.get("content-type"), "image/png");
});

story("a picture from the phone appears for the operator and in the window", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  const phone = await scene.phone();
  await phone.root.getByRole("button", { name: "Send a file" }).click();
  await phone.root.locator("input[type=file]").setInputFiles([picture({ name: "from-the-garden.png" })]);
  await seesPictures(operator.log, 1);
  await seesPictures(visitor.log, 1);
});

story("a picture from the shop looks on a text message as it is, and a document bears its name", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await chooses(operator, picture());
  await operator.says("Our pump");
  const phone = await scene.phone();
  const shown = phone.root.getByRole("img", { name: "Picture" });
  await becomes(
    () => shown.evaluateAll((all) => all.filter(({ naturalWidth }) => naturalWidth === 640).length),
    1,
    "the picture is drawn",
  );
  if (process.env.SHOT) await phone.root.screenshot({ path: process.env.SHOT });
});

story("a file that is still being fetched, and one that is gone, say so where they will stand", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await chooses(visitor, picture(), document());
  await visitor.says("Both");
  await operator.sees("Hello", "Hi", "Both");
  await operator.root.route(/\/events\?/, async (route) => {
    const response = await route.fetch();
    const page = await response.json();
    for (const { attachments = [] } of page.events) {
      for (const file of attachments) {
        const fetching = file.content_type === "image/png";
        Object.assign(file, { url: null, size: null, state: fetching ? "fetching" : "gone" });
      }
    }
    await route.fulfill({ response, json: page });
  });
  await operator.root.reload();
  await operator.log.getByText("is being fetched …").waitFor();
  await operator.log.getByText("could not be fetched, or is kept no longer").waitFor();
  const there = await visitor.log.locator(".f-picture").boundingBox();
  const room = await operator.log.locator(".f-picture").boundingBox();
  assert.equal(Math.round(room.height), Math.round(there.height), "the room that it will have");
});

story("a voice note is recorded, heard first, sent, and played on the other side; and back", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.button("Record a voice note").click();
  await visitor.root.getByRole("timer").getByText("0:01").waitFor();
  await visitor.button("Stop and listen first").click();
  await visitor.button("Play").waitFor();
  await visitor.button("Send", { exact: true }).click();
  await plays(operator.log);

  await operator.button(/^Record a voice note/).click();
  await operator.root.getByRole("timer").getByText("0:01").waitFor();
  await operator.button("Send the recording").click();
  await visitor.log.locator(".theirs .f-sound").waitFor();
  await plays(visitor.log.locator(".theirs"));

  await operator.button(/^Record a voice note/).click();
  await operator.button("Throw the recording away").click();
  await becomes(() => operator.root.locator(".f-tray li").count(), 0, "what is thrown away is nowhere");
  assert.equal(await operator.log.locator(".f-sound").count(), 2);
});

story("a microphone that is not allowed is said plainly, and words still go", async (scene) => {
  const visitor = await scene.visitor();
  await visitor.root.evaluate(() => {
    const refuse = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    Object.defineProperty(navigator.mediaDevices, "getUserMedia", { value: refuse });
  });
  await visitor.button("Record a voice note").click();
  await visitor.isTold(/The microphone is not allowed/);
  await visitor.says("Then in words");
  await visitor.sees("Then in words");
});

story("a file that cannot go says so and stays behind: the words and the other files go", async (scene) => {
  const { visitor, operator } = await scene.chat();
  for (const person of [visitor, operator]) {
    await person.composer.fill("With the plan");
    const film = words({ name: "film.txt", text: " ".repeat(16 * MEBIBYTE + 1) });
    await chooses(person, film, words({ name: "empty.txt", text: "" }), words());
    await person.root.getByText("Too large: a file may have 16.8 MB at most.").waitFor();
    await person.root.getByText("This file is empty.").waitFor();
    await person.root.getByText("1 file is ready to be sent.").waitFor();
    await person.root.getByText("2 files cannot go. The message goes without them.").waitFor();
    await person.composer.press("Enter");
    await until(
      () => documents(person.log),
      (names) => names.includes("notes.txt"),
      "the other file went",
    );
    assert.equal(await person.root.locator(".f-tray li").count(), 2, "what cannot go is still to be seen");
    await person.button("Remove film.txt").click();
    await person.button("Remove empty.txt").click();
  }
  await visitor.sees("Hello", "Hi", "With the plan", "With the plan");
});

story("more files than go with one message are left out, and it is said", async (scene) => {
  const visitor = await scene.visitor();
  await chooses(visitor, ...Array.from({ length: 12 }, (_, n) => words({ name: `${n}.txt` })));
  await visitor.isTold("At most 10 files go with one message. The others were left out.");
  await becomes(() => visitor.root.locator(".f-tray li").count(), 10, "as many as go");
});

story("what is written while the network is away goes when it is back, with its files, once", async (scene) => {
  const { visitor, operator } = await scene.chat();
  const network = visitor.root.context();
  await network.setOffline(true);
  await chooses(visitor, picture(), words());
  await visitor.isTold(/waiting for the connection/);
  await visitor.says("Sent from the tunnel");
  await network.setOffline(false);
  await operator.sees("Hello", "Hi", "Sent from the tunnel");
  await seesPictures(operator.log, 1);
  assert.deepEqual(await documents(operator.log), ["notes.txt"]);
});

story(
  "an answer that is lost on the way, and a reload in the middle, send a message with files once",
  async (scene) => {
    const { visitor, operator } = await scene.chat();
    const { root } = visitor;
    // The line is plain HTTP, and the server's answer to the upload, then to the message, does not come back.
    const lost = { attachments: 0, messages: 0 };
    for (const what of Object.keys(lost)) {
      await root.route(new RegExp(`/v1/.*${what}(\\?|$)`), async (route) => {
        if (route.request().method() !== "POST" || lost[what]++) return route.continue();
        await route.fetch();
        await route.abort();
      });
    }
    await root.routeWebSocket(/socket/, (socket) => socket.close());
    await root.reload();
    await visitor.opensTheChat();
    await chooses(visitor, picture());
    await visitor.says("Only once");
    await until(
      () => lost.messages,
      (times) => times > 0,
      "the answer was lost",
    );
    await root.reload();
    await visitor.opensTheChat();
    await operator.sees("Hello", "Hi", "Only once");
    await seesPictures(operator.log, 1);
    await visitor.sees("Hello", "Hi", "Only once");
    await becomes(() => root.locator(".pending, .refused").count(), 0, "nothing waits any more");
    assert.equal(await operator.log.locator(".f-picture").count(), 1);
  },
);

story("what is chosen is there after a reload, and each conversation has its own", async (scene) => {
  const { operator } = await scene.chat();
  await chooses(operator, picture(), words());
  await operator.root.getByText("2 files are ready to be sent.").waitFor();
  await operator.root.reload();
  await operator.button("Remove pump.png").waitFor();
  await scene.server.text(NUMBER, "Another one");
  await operator.rows.filter({ hasText: "Another one" }).click();
  await operator.sees("Another one");
  assert.equal(await operator.root.locator(".f-tray li").count(), 0);
  await operator.rows.filter({ hasNotText: "Another one" }).first().click();
  await operator.button("Remove pump.png").waitFor();
  await operator.says("Both");
  await seesPictures(operator.log, 1);
  assert.deepEqual(await documents(operator.log), ["notes.txt"]);
});

story("files that are dropped or pasted are taken", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await drops(visitor.root.locator(".window"), "drop", "dropped.txt");
  await visitor.button("Remove dropped.txt").waitFor();
  await drops(visitor.composer, "paste", "pasted.txt");
  await visitor.button("Remove pasted.txt").waitFor();
  await drops(operator.log, "drop", "dropped.txt");
  await operator.button("Remove dropped.txt").waitFor();
  await drops(operator.composer, "paste", "pasted.txt");
  await operator.button("Remove pasted.txt").waitFor();
});

story("files go by keyboard alone, at the window and at the console", async (scene) => {
  const { visitor, operator } = await scene.chat();
  const { keyboard } = visitor.root;
  picks(visitor.root, picture());
  picks(operator.root, words());
  await visitor.button("Attach files").waitFor();
  await visitor.composer.focus();
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await visitor.button("Remove pump.png").waitFor();
  await keyboard.press("Enter");
  await seesPictures(operator.log, 1);
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await visitor.root.getByRole("timer").getByText("0:01").waitFor();
  await keyboard.press("Escape");
  await visitor.button("Record a voice note").waitFor();
  await visitor.root.locator("textarea:focus").waitFor();
  await keyboard.type("Still here");
  await keyboard.press("Enter");
  await operator.sees("Hello", "Hi", "Still here");

  const keys = operator.root.keyboard;
  await operator.log.focus();
  await keys.press("f");
  await operator.button("Remove notes.txt").waitFor();
  await keys.press("Enter");
  await until(
    () => documents(visitor.log),
    (names) => names.length === 1,
    "the document is there",
  );
  await operator.log.focus();
  await keys.press("v");
  await operator.root.getByRole("timer").getByText("0:01").waitFor();
  await keys.press("Enter");
  await visitor.log.locator(".theirs .f-sound").waitFor();
});

story("closing the chat on this computer forgets what was chosen", async (scene) => {
  const { visitor } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await scene.server.pass("12s");
  await chooses(visitor, picture());
  await visitor.isTold("1 file is ready to be sent.");
  await visitor.button("Close here").click();
  await becomes(() => visitor.root.locator(".f-tray li").count(), 0, "the tray is empty");
  await becomes(
    () => visitor.root.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("tray"))),
    [],
    "nothing is kept of it",
  );
});

async function chooses(person, ...files) {
  await person.root.locator("input[type=file]").setInputFiles(files);
}

/** What is chosen where the page asks for files. Said beforehand: a browser under load would ask before it is listened to. */
function picks(page, file) {
  page.on("filechooser", (chooser) => chooser.setFiles([file]));
}

/** So many pictures are there, and drawn. */
async function seesPictures(log, count) {
  await becomes(
    () => log.locator("a.f-picture img").evaluateAll((all) => all.filter((one) => one.naturalWidth > 0).length),
    count,
    "the pictures that are drawn",
  );
}

function documents(log) {
  return log.locator("a.f-document .f-name").allInnerTexts();
}

async function bytesOf(page, link) {
  const url = await link.getAttribute("href");
  return page.evaluate(async (url) => (await (await fetch(url)).arrayBuffer()).byteLength, url);
}

/** The sound in there can be played. */
async function plays(root) {
  const sound = root.locator(".f-sound").last();
  await sound.getByRole("button", { name: "Play" }).click();
  await until(
    () => sound.locator("audio").evaluate(({ currentTime, error }) => (error ? -1 : currentTime)),
    (time) => time > 0,
    "it is heard",
  );
}

async function drops(target, type, name) {
  await target.evaluate(
    (element, [type, name]) => {
      const data = new DataTransfer();
      data.items.add(new File(["some words"], name, { type: "text/plain" }));
      const event =
        type === "drop"
          ? new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true, composed: true })
          : new ClipboardEvent(type, { clipboardData: data, bubbles: true, cancelable: true, composed: true });
      element.dispatchEvent(event);
    },
    [type, name],
  );
}
