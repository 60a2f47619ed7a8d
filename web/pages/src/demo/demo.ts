/** The demo: shop, console and phone side by side, all live; one at a time where there is no room. */

import { rest } from "../../../core/src/rest.ts";
import type { DemoConfig } from "../../../core/src/types.ts";

const SIDES = ["shop", "console", "phone"] as const;
type Side = (typeof SIDES)[number];

const element = (id: string) => document.getElementById(id)!;

const { status, body: config } = await rest("")<DemoConfig>("GET", "/demo/config.json");
if (status === 200) begin(config);

function begin({ phone_number, docs }: DemoConfig): void {
  const { search } = location;
  const pages: Record<Side, string> = { shop: `/shop${search}`, console: "/console?demo=1", phone: "/phone" };
  frameOf("shop").addEventListener("load", () => {
    frameOf("shop").contentDocument!.addEventListener("click", openOnThePhone);
  });
  for (const side of SIDES) frameOf(side).src = pages[side];

  element("docs").setAttribute("href", docs);
  const number = element("number");
  const grouped = phone_number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2 $3");
  number.textContent = grouped;
  number.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(phone_number);
    number.textContent = "Copied";
    setTimeout(() => (number.textContent = grouped), 1_200);
  });
}

function frameOf(side: Side): HTMLIFrameElement {
  return element(side).querySelector("iframe")!;
}

/** What would open a program of the visitor's phone: here it does, on the phone beside. */
function openOnThePhone(event: MouseEvent): void {
  const link = event.composedPath().find((part) => (part as Element).localName === "a") as
    HTMLAnchorElement | undefined;
  if (!link || !/^(https:\/\/(t|wa)\.me\/|sms:)/.test(link.href)) return;
  event.preventDefault();
  frameOf("phone").contentWindow!.postMessage({ open: link.href }, location.origin);
  show("phone");
}

function show(shown: Side): void {
  for (const side of SIDES) {
    const tab = element(`tab-${side}`);
    element(side).classList.toggle("shown", side === shown);
    tab.setAttribute("aria-selected", String(side === shown));
    tab.tabIndex = side === shown ? 0 : -1;
  }
}

SIDES.forEach((side, i) => {
  const tab = element(`tab-${side}`);
  tab.addEventListener("click", () => show(side));
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = SIDES[(i + step + SIDES.length) % SIDES.length]!;
    show(next);
    element(`tab-${next}`).focus();
  });
});
