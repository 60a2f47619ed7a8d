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
  for (const side of SIDES) element(side).querySelector("iframe")!.src = pages[side];

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
