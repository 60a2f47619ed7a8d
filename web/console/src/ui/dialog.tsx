/** A question that stands before everything else until it is answered. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./parts.tsx";
import { useWords } from "../words/context.ts";

interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const { t } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    const first = dialog.current?.querySelector<HTMLElement>("[autofocus]") ?? dialog.current?.querySelector("input");
    (first ?? dialog.current?.querySelector("h2"))?.focus();
    const watch = new MutationObserver(() => dialog.current && keepFocus(dialog.current));
    watch.observe(dialog.current!, { childList: true, subtree: true, attributeFilter: ["disabled"] });
    return () => {
      watch.disconnect();
      before?.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${wide ? "dialog-wide" : ""}`}
      aria-labelledby={heading}
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="dialog-box">
        <header class="dialog-head">
          <h2 id={heading} tabIndex={-1}>
            {title}
          </h2>
          <IconButton icon="close" label={t("close")} onClick={() => dialog.current?.close()} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** What had the focus may be gone, or cannot be used any more: the dialog's title takes it. */
function keepFocus(dialog: HTMLDialogElement): void {
  const at = document.activeElement;
  if (!dialog.open || (dialog.contains(at) && !at?.matches(":disabled"))) return;
  dialog.querySelector<HTMLElement>("h2")?.focus();
}
