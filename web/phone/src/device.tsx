/** The handset: a frame, a status bar, and whatever is on its screen. It buzzes when a message comes in. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import * as format from "./format.ts";
import type { Channel } from "./network.ts";

interface Props {
  now: number;
  /** What is on the screen: its colours go up to the status bar. */
  channel: Channel;
  signal: boolean;
  /** Whether the page hears from the network at all. */
  online: boolean;
  /** Changes with each message that comes in. */
  buzz: number;
  children: ComponentChildren;
}

export function Device({ now, channel, signal, online, buzz, children }: Props) {
  const device = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const shell = device.current;
    if (!buzz || !shell || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const shake = [0, -5, 5, -5, 5, -3, 3, 0].map((x) => ({ transform: `translateX(${x}px) rotate(${x / 8}deg)` }));
    const animation = shell.animate(shake, { duration: 420, easing: "ease-in-out" });
    return () => animation.cancel();
  }, [buzz]);

  return (
    <div class="device" ref={device}>
      <div class="screen" data-channel={channel}>
        <div class="status">
          <span class="status-time">{format.clock(now)}</span>
          <span class="island" aria-hidden="true" />
          <span class="status-right">
            {signal ? (
              <span class="status-words">{channel === "sms" ? "SMS" : "LTE"}</span>
            ) : (
              <span class="status-words">No service</span>
            )}
            <Bars on={signal} />
            <Battery />
          </span>
        </div>
        {!online && (
          <p class="offline" role="status">
            The network is not answering. Trying again…
          </p>
        )}
        {children}
        <span class="home" aria-hidden="true" />
      </div>
    </div>
  );
}

function Bars({ on }: { on: boolean }) {
  return (
    <svg class="bars" data-on={on} viewBox="0 0 18 12" role="img" aria-label={on ? "Full signal" : "No signal"}>
      {[0, 1, 2, 3].map((n) => (
        <rect key={n} x={n * 5} y={9 - n * 3} width="3" height={3 + n * 3} rx="1" />
      ))}
      {!on && <path d="M1 1l16 10" />}
    </svg>
  );
}

function Battery() {
  return (
    <svg class="battery" viewBox="0 0 26 12" aria-hidden="true">
      <rect class="battery-case" x=".5" y=".5" width="22" height="11" rx="3.5" />
      <rect x="2" y="2" width="16" height="8" rx="2" />
      <path d="M24 4v4a2 2 0 0 0 0-4z" />
    </svg>
  );
}
