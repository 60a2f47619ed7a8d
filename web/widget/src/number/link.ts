/** A link by which the visitor writes first: what may be opened of it, and its picture for a phone. */

/** Programs that a link may open; anything else is not made a link of. */
const OPENS = /^(https|sms|tg):/i;

export function isOpenable(url: string): boolean {
  return OPENS.test(url);
}

export interface Picture {
  viewBox: string;
  /** The dark modules, as one path. */
  path: string;
}

/**
 * What is drawn in an SVG of a QR code, or nothing where it is drawn in another way. It is read and drawn anew: no markup that
 * came over the network is put into a page, and none has to pass the page's policies.
 */
export function pictureOf(svg: string): Picture | undefined {
  const viewBox = /\sviewBox="([\d. ]+)"/.exec(svg)?.[1];
  const path = /\sd="([-\d.\sMmLlHhVvZz,]+)"/.exec(svg)?.[1];
  return viewBox && path ? { viewBox, path } : undefined;
}

/** Whether the device in hand is the phone that could write. A narrow frame says nothing of it. */
export function isHandHeld(): boolean {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}
