/**
 * A dialog over the page. It takes the focus when it comes and gives it back when it goes; Esc closes it, and so does a
 * press beside it. One that is not modal leaves the page usable: it goes when the focus does. Knows nothing of its content.
 */

import { useEffect, useEffectEvent, useLayoutEffect, useRef } from 'react';
import './overlay.css';

/** What opens a dialog may close it, too: a press on it is its own affair. */
const OPENER = '[aria-haspopup="dialog"]';

export function Overlay({
  label,
  modal,
  className,
  close,
  children,
}: {
  label: string;
  modal: boolean;
  className: string;
  close: () => void;
  children: React.ReactNode;
}): React.ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const onPointerOutside = useEffectEvent((target: EventTarget | null) => {
    if (target instanceof Element && !dialog.current?.contains(target) && !target.closest(OPENER)) close();
  });
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const before = document.activeElement;
    if (modal) element.showModal();
    else element.show();
    return () => {
      const inside = element.contains(document.activeElement);
      element.close();
      if ((inside || document.activeElement === document.body) && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [modal]);
  useEffect(() => {
    if (modal) return;
    const onPointerDown = (event: PointerEvent): void => onPointerOutside(event.target);
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [modal]);
  return (
    <dialog
      ref={dialog}
      className={`overlay ${className}`}
      data-modal={modal}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClose={(event) => {
        // A browser may close it by itself, for a gesture say. The event comes late: it may have been opened again.
        if (event.target === dialog.current && !dialog.current?.open) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
      onBlur={(event) => {
        const to = event.relatedTarget;
        if (!modal && to instanceof Element && !event.currentTarget.contains(to) && !to.closest(OPENER)) close();
      }}
      onClick={(event) => {
        if (modal && event.target === dialog.current) close();
      }}
    >
      {children}
    </dialog>
  );
}
