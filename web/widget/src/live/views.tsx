/** The views that come with a begun chat. */

export { Asking } from "./Asking.tsx";
export { EndChat, Status } from "./Status.tsx";
export { LinkNote } from "./LinkNote.tsx";
export { SwitchBar } from "./SwitchBar.tsx";
