/** The sample shop: it embeds the chat as any page does, by one script tag. */

import { rest } from "../../../core/src/rest.ts";
import type { DemoConfig } from "../../../core/src/types.ts";

const { status, body: config } = await rest("")<DemoConfig>("GET", "/demo/config.json");
if (status === 200) {
  const script = document.createElement("script");
  script.src = "/widget.js";
  script.async = true;
  script.dataset.widgetKey = config.widget_key;
  const locale = new URLSearchParams(location.search).get("locale");
  if (locale) script.dataset.locale = locale;
  document.head.append(script);
}

// A shop that sells nothing still counts its basket.
let items = 0;
document.querySelector(".add")!.addEventListener("click", () => {
  items += 1;
  document.querySelector(".cart")!.textContent = `Basket · ${items}`;
});
