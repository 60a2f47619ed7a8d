/** A drawer over the page. The browser keeps the focus in it and closes it on Escape. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.tsx";

interface Props {
  label: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function Sheet({ label, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => dialog.current?.showModal(), []);

  return (
    <dialog
      class="sheet"
      ref={dialog}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        // Only the backdrop is the dialog itself: its content has a box of its own.
        if (event.target === event.currentTarget) dialog.current?.close();
      }}
    >
      <div class="sheet-body">
        <button type="button" class="round sheet-close" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
        {children}
      </div>
    </dialog>
  );
}
