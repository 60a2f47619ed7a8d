/** Picks up a phone and shows it. */

import { render } from "preact";
import { App } from "./app.tsx";
import { startNumber } from "./network.ts";
import "./styles/page.css";
import "./styles/device.css";
import "./styles/messages.css";
import "./styles/sheet.css";
import "./styles/whatsapp.css";
import "./styles/telegram.css";

const page = document.getElementById("page")!;
render(<App number={await startNumber()} />, page);
