/** Links that open a program of the phone with words to send: in codes to scan, in messages, or pasted. */

import type { Channel, Contact } from "./network.ts";
import { keyOf } from "./state.ts";

/** What a link opens: a thread, and the words that stand ready in it. */
export interface Opened {
  thread: string;
  text: string;
}

/** The page that the phone's browser opens by a link, where it is no link to write by. */
export function pageOf(link: string): string | undefined {
  const url = parsed(link.trim());
  return url && /^https?:$/.test(url.protocol) && !target(url.href) ? url.href : undefined;
}

/** What a link leads to on a phone with these contacts; a sentence where it leads nowhere. */
export function follow(link: string, contacts: readonly Contact[]): Opened | string {
  const read = target(link.trim());
  if (!read) return "This is no link that a phone can open.";
  const same = ({ channel, number }: Contact) =>
    channel === read.channel && number.toLowerCase() === read.number.toLowerCase();
  const known = contacts.find(same);
  if (!known) return "The network has nobody at this address.";
  return { thread: keyOf(known.channel, known.number), text: read.text };
}

function target(link: string): { channel: Channel; number: string; text: string } | undefined {
  const url = parsed(link);
  if (!url) return undefined;
  const name = url.pathname.replace(/^\/+|\/+$/g, "");
  if (url.protocol === "sms:") {
    // `sms:+1…?body=` and, on other phones, `sms:+1…;?&body=`.
    const number = decodeURIComponent(url.pathname).replace(/[;&].*$/, "");
    const body = /[?&;]body=([^&]*)/.exec(link)?.[1] ?? "";
    return { channel: "sms", number, text: decodeURIComponent(body) };
  }
  if (url.hostname === "wa.me")
    return { channel: "whatsapp", number: `+${name}`, text: url.searchParams.get("text") ?? "" };
  if (url.hostname === "t.me") {
    const start = url.searchParams.get("start");
    return { channel: "telegram", number: name, text: start ? `/start ${start}` : "/start" };
  }
  return undefined;
}

function parsed(link: string): URL | undefined {
  return URL.canParse(link) ? new URL(link) : undefined;
}

/** The link, or the one behind the code, that a screen beside this phone shows; the demonstration's page has such screens. */
export function inSight(): string | undefined {
  for (const frame of screens()) {
    const hosts = [...(frame.contentDocument?.body.children ?? [])];
    for (const { shadowRoot } of hosts) {
      const link = shadowRoot?.querySelector<HTMLAnchorElement>(".link-ways a[href]");
      if (link) return link.href;
    }
  }
  return undefined;
}

/** The frames that stand beside this one, where it stands in a page of ours. */
function screens(): HTMLIFrameElement[] {
  try {
    return window.parent === window ? [] : [...window.parent.document.querySelectorAll("iframe")];
  } catch {
    // Another site's page shows nothing of itself.
    return [];
  }
}
