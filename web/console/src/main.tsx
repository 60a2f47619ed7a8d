/** Starts the console on its page. `?demo=1` signs in by itself; `?lang=` and `?theme=` set the scene. */

import { rest } from "@switchboard/core";
import { render } from "preact";
import { App } from "./app.tsx";
import { openSettings } from "./desk/settings.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/desk.css";
import "./styles/inbox.css";
import "./styles/log.css";
import "./styles/composer.css";
import "./styles/panel.css";
import "./styles/leads.css";
import "./styles/templates.css";
import "@switchboard/core/files/files.css";
import "./styles/files.css";

// A file that is dropped where nothing takes it would open in the place of the console.
for (const type of ["dragover", "drop"] as const) {
  addEventListener(type, (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
}

const query = new URLSearchParams(location.search);
render(
  <App rest={rest(location.origin)} settings={openSettings(query)} demo={query.has("demo")} />,
  document.getElementById("console")!,
);
