/** A file in a bubble: a picture is shown, a voice message played, anything else opened. */

import { useState } from "preact/hooks";
import { Icon } from "./icons.tsx";
import type { Media } from "./network.ts";

export function File({ media }: { media: Media }) {
  const [broken, setBroken] = useState(false);
  const kind = media.content_type.split("/")[0];
  // The page loads nothing from elsewhere: what stands there is a link.
  const ours = !broken && new URL(media.url, location.href).origin === location.origin;
  const failed = () => setBroken(true);
  if (ours && kind === "image") {
    return (
      <a class="picture" data-sticker={media.sticker} href={media.url} target="_blank" rel="noopener noreferrer">
        <img src={media.url} alt={media.sticker ? "Sticker" : "Picture"} onError={failed} />
      </a>
    );
  }
  if (ours && kind === "audio") {
    return (
      <span class="sound">
        <Icon name="voice" />
        <audio controls preload="metadata" src={media.url} aria-label="Voice message" onError={failed} />
      </span>
    );
  }
  if (ours && kind === "video") {
    return <video class="film" controls preload="metadata" src={media.url} aria-label="Video" onError={failed} />;
  }
  const name = media.name ?? (media.url.split(/[?#]/)[0]!.split("/").at(-1) || media.url);
  const canOpen = /^(https?:\/\/|\/)/.test(media.url);
  return (
    <a class="file" href={canOpen ? media.url : undefined} target="_blank" rel="noopener noreferrer">
      <Icon name={kind === "image" ? "picture" : "file"} />
      <span class="file-name">{name}</span>
    </a>
  );
}
