/** What the loader, or a page that is all chat, and the panel say to each other. */

export interface PanelOptions {
  /** The server's address without a slash at its end; empty: the page's own origin. */
  base: string;
  widgetKey: string;
  locale: string;
  /** Where the panel is drawn: a shadow root. */
  root: ShadowRoot;
  /** The panel is the page: always open, and it fills it. */
  full?: boolean;
  /** How many messages wait to be read, and the launcher's words for it. */
  onUnread?: (count: number, label: string) => void;
  onClose?: () => void;
}

export interface Panel {
  open(): void;
  close(): void;
}

export interface PanelModule {
  start(options: PanelOptions): Promise<Panel>;
}
