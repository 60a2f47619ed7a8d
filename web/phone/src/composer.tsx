/** Where a message is written: it counts the segments, and offers the words that every carrier knows. */

import { segments } from "@switchboard/core/sms";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { write, type Message } from "./network.ts";

const LONGEST = 1_600;
const WORDS = ["STOP", "START", "HELP"];

interface Props {
  phone: string;
  to: string;
  signal: boolean;
  /** Takes the focus when it appears, where that opens no keyboard over the screen. */
  focus: boolean;
  onWritten: (message: Message) => void;
}

export function Composer({ phone, to, signal, focus, onWritten }: Props) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const hint = useId();
  const over = [...text].length - LONGEST;
  const ready = signal && text.trim() !== "" && over <= 0;

  useEffect(() => {
    if (focus && matchMedia("(hover: hover)").matches) field.current?.focus();
  }, [focus]);

  const send = async (words: string) => {
    setProblem("");
    const answer = await write(phone, to, words);
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
    if (!(await send(text))) setText((typed) => typed || text);
  };

  return (
    <form
      class="composer"
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
      <div class="chips" role="group" aria-label="Quick answers">
        {WORDS.map((word) => (
          <button key={word} type="button" class="chip" disabled={!signal} onClick={() => void send(word)}>
            {word}
          </button>
        ))}
        <span class="segments" id={hint}>
          {over > 0 ? <b>{over} too many</b> : <Segments text={text} />}
        </span>
      </div>
      <div class="field">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          aria-label="Text message"
          aria-describedby={hint}
          placeholder={signal ? "Text message" : "No signal"}
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
          <Icon name="send" />
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
