/** A telephone number: its country, and the rest as it is written there. */

import type { RefObject } from "preact";
import type { Session } from "../session.ts";
import { shown } from "../live/say.ts";
import { writtenIn, type Country } from "./countries.ts";
import { isInternational, read } from "./number.ts";

interface PhoneProps {
  session: Session;
  /** The countries to choose from. */
  all: readonly Country[];
  /** The one that is chosen; a dial code in the text goes before it, as long as it stands there. */
  code: string;
  text: string;
  /** What it is called, where no label stands beside it. */
  label?: string;
  invalid: boolean;
  describedBy: string;
  id?: string;
  input?: RefObject<HTMLInputElement | null>;
  onCode: (code: string) => void;
  onText: (text: string) => void;
}

export function PhoneField(props: PhoneProps) {
  const { session, all, code, text, onCode, onText } = props;
  const { t } = session.words;
  const written = writtenIn(text, all, code);
  const country = written ?? all.find((one) => one.code === code);
  const taken = read(text, country);
  const isTaken = "address" in taken && (!!written || !isInternational(text));

  return (
    <>
      <div class="number">
        <span class="country">
          <span aria-hidden="true">{country && `${country.code} +${country.dial}`}</span>
          <select
            aria-label={t("country")}
            value={country?.code}
            onChange={({ currentTarget }) => onCode(currentTarget.value)}
          >
            {all.map((one) => (
              <option key={one.code} value={one.code}>
                {`${one.name} (+${one.dial})`}
              </option>
            ))}
          </select>
        </span>
        <input
          ref={props.input}
          id={props.id}
          type="tel"
          dir="ltr"
          autocomplete="tel"
          maxLength={32}
          aria-label={props.label}
          aria-invalid={props.invalid}
          aria-describedby={props.describedBy}
          placeholder={t("example")}
          value={text}
          onInput={({ currentTarget }) => onText(currentTarget.value)}
        />
      </div>
      {isTaken && <p class="taken">{t("taken_as", { address: shown(taken.address) })}</p>}
    </>
  );
}
