/** What of a message's files a channel carries as what it is, and what it gets as a link: as the server packs it. */

import type { ActiveLeg } from "../types.ts";

type Carrying = Pick<ActiveLeg, "carries" | "carries_at_once">;

/** Which of the files go as links, by their place. A window shows all of them. */
export function goAsLinks(
  { carries, carries_at_once = 1 }: Carrying,
  files: readonly { content_type: string; size: number }[],
  text: string,
): boolean[] {
  if (!carries) return files.map(() => false);
  const ruleFor = ({ content_type, size }: { content_type: string; size: number }) => {
    const bare = content_type.split(";")[0]!.trim().toLowerCase();
    return carries.find(
      (rule) =>
        size <= rule.limit &&
        (rule.content_type.endsWith("/*")
          ? bare.startsWith(rule.content_type.slice(0, -1))
          : bare === rule.content_type),
    );
  };
  const rules = files.map(ruleFor);
  const carried = rules.map((rule, i) => !!rule && rules.slice(0, i).filter(Boolean).length < carries_at_once);
  // Words that do not fit beside one of them make links of all: so do the links of the others, which stand in the text.
  const links = carried.filter((is) => !is).length;
  const length = [...text].length + links * LINK_LENGTH;
  const tooLong = rules.some((rule, i) => carried[i] && rule!.caption !== undefined && length > rule!.caption);
  return carried.map((is) => tooLong || !is);
}

/** About so long is a link with the line's end before it. Only where it is near the limit does it matter. */
const LINK_LENGTH = 100;
