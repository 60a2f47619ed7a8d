/** Where a message is written: it counts the segments of an SMS, offers the words that every carrier knows, and sends files. */

import { segments } from "@switchboard/core/sms";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { upload, write, type Channel, type Draft, type Message, type Result } from "./network.ts";

const LONGEST: Record<Channel, number> = { sms: 1_600, whatsapp: 4_096, telegram: 4_096 };
const WORDS = ["STOP", "START", "HELP"];
const FIELD: Record<Channel, string> = { sms: "Text message", whatsapp: "Message", telegram: "Message" };
const SAMPLES = [
  { sample: "picture", name: "Picture", icon: "picture" },
  { sample: "voice", name: "Voice message", icon: "voice" },
  { sample: "document", name: "Document", icon: "file" },
] as const;
const HERE = { latitude: 52.5163, longitude: 13.3777, name: "Brandenburg Gate" };

interface Props {
  phone: string;
  to: { channel: Channel; number: string };
  signal: boolean;
  /** What a link has put there to be sent. */
  draft: string;
  /** Takes the focus when it appears, where that opens no keyboard over the screen. */
  focus: boolean;
  onWritten: (message: Message) => void;
}

export function Composer({ phone, to, signal, draft, focus, onWritten }: Props) {
  const [text, setText] = useState(draft);
  const [problem, setProblem] = useState("");
  const [attaching, setAttaching] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const attach = useRef<HTMLButtonElement>(null);
  const { channel } = to;
  const hint = useId();
  const over = [...text].length - LONGEST[channel];
  const ready = signal && text.trim() !== "" && over <= 0;

  useEffect(() => {
    if (focus && matchMedia("(hover: hover)").matches) field.current?.focus();
  }, [focus]);

  const send = async (draft: Draft) => {
    setProblem("");
    return told(await write(phone, to, draft));
  };

  const told = (answer: Result<Message>) => {
    if ("ok" in answer) {
      onWritten(answer.ok);
      return true;
    }
    setProblem(answer.failed);
    return false;
  };

  const submit = async () => {
    if (!ready) return;
    setText("");
    field.current?.focus();
    // What could not be sent comes back, unless something else was typed meanwhile.
    if (!(await send({ text }))) setText((typed) => typed || text);
  };

  const close = () => {
    setAttaching(false);
    attach.current?.focus();
  };

  const sendFile = async (file: File) => {
    close();
    setProblem("");
    const kept = await upload(file);
    if ("failed" in kept) return setProblem(kept.failed);
    const voice = channel !== "sms" && file.type.startsWith("audio/");
    await send({ media: [{ file: kept.ok.id, voice }] });
  };

  return (
    <form
      class="composer"
      data-channel={channel}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {channel === "sms" && (
        <div class="chips" role="group" aria-label="Quick answers">
          {WORDS.map((word) => (
            <button key={word} type="button" class="chip" disabled={!signal} onClick={() => void send({ text: word })}>
              {word}
            </button>
          ))}
          <span class="segments" id={hint}>
            {over > 0 ? <b>{over} too many</b> : <Segments text={text} />}
          </span>
        </div>
      )}
      {channel !== "sms" && over > 0 && (
        <p class="segments" id={hint}>
          <b>{over} too many</b>
        </p>
      )}
      {attaching && (
        <div
          class="attachments"
          role="group"
          aria-label="Send a file"
          onKeyDown={(event) => {
            if (event.key === "Escape") close();
          }}
        >
          {SAMPLES.map(({ sample, name, icon }) => (
            <button
              key={sample}
              type="button"
              class="attachment"
              onClick={() => {
                close();
                void send({ media: [{ sample }] });
              }}
            >
              <span class="attachment-icon">
                <Icon name={icon} />
              </span>
              {name}
            </button>
          ))}
          {channel !== "sms" && (
            <button
              type="button"
              class="attachment"
              onClick={() => {
                close();
                void send({ location: HERE });
              }}
            >
              <span class="attachment-icon">
                <Icon name="place" />
              </span>
              Location
            </button>
          )}
          <label class="attachment">
            <span class="attachment-icon">
              <Icon name="pen" />
            </span>
            My own file
            <input
              type="file"
              class="visually-hidden"
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                if (file) void sendFile(file);
              }}
            />
          </label>
        </div>
      )}
      <div class="field">
        <button
          ref={attach}
          type="button"
          class="attach"
          aria-label="Send a file"
          aria-expanded={attaching}
          disabled={!signal}
          onClick={() => setAttaching(!attaching)}
        >
          <Icon name="attach" />
        </button>
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          aria-label={FIELD[channel]}
          aria-describedby={hint}
          placeholder={signal ? FIELD[channel] : "No signal"}
          disabled={!signal}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void submit();
          }}
        />
        <button type="submit" class="send" aria-label="Send" disabled={!ready}>
          <Icon name={channel === "telegram" ? "plane" : "send"} />
        </button>
      </div>
    </form>
  );
}

function Segments({ text }: { text: string }) {
  if (!text) return null;
  const { segments: count, left } = segments(text);
  return (
    <>
      {count} SMS<span class="visually-hidden">,</span> · {left} left
    </>
  );
}
