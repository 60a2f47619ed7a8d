/** The views that come with a begun chat. */

export { Asking } from "./Asking.tsx";
export { EndChat, Status } from "./details.tsx";
export { Entries, Writing } from "./Entries.tsx";
export { LinkNote } from "./LinkNote.tsx";
export { SwitchBar } from "./SwitchBar.tsx";
