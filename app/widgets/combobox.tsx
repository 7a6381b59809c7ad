/**
 * A field that takes any text and offers some: the list opens by ArrowDown, by its button, or by typing. Knows nothing of
 * what is chosen. ARIA Authoring Practices, "Editable Combobox With List Autocomplete".
 */

import { useId, useLayoutEffect, useRef, useState } from 'react';
import { Icon } from './icon.tsx';
import './combobox.css';

interface Choice {
  readonly value: string;
  /** What it is, beside the value. */
  readonly note: string;
}

interface ComboboxProps {
  readonly id: string;
  readonly value: string;
  /** `chosen`: from the list, not typed or begun by typing. */
  readonly change: (value: string, chosen: boolean) => void;
  /** Made when the list opens, and kept while it is open: it may take time. */
  readonly choices: () => readonly Choice[];
  /** Name of the button that opens the list, and of the list. */
  readonly listLabel: string;
  /** What the list says where nothing is offered. */
  readonly empty: string;
  readonly invalid: boolean;
  readonly describedBy: string | undefined;
  /** Stands above what is offered: what the value means. It is not read out here: `describedBy` names what says so. */
  readonly hint?: string | undefined;
  readonly placeholder?: string | undefined;
  readonly inputMode?: 'numeric' | undefined;
}

export function Combobox({ id, value, change, choices, listLabel, empty, invalid, describedBy, hint, placeholder, inputMode }: ComboboxProps): React.ReactNode {
  const listId = useId();
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  /** What is offered while the list is open; `typed`: only what goes with the text. */
  const [open, setOpen] = useState<{ readonly all: readonly Choice[]; readonly typed: boolean } | null>(null);
  const [at, setAt] = useState(-1);
  const wanted = value.trim().toLowerCase();
  const shown = open ? (open.typed && wanted !== '' ? open.all.filter((one) => `${one.value} ${one.note}`.toLowerCase().includes(wanted)) : open.all) : [];

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen one is kept in view, whichever it is
  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, open]);
  // The list lies over everything, also where the panel that holds the field scrolls; within one with `data-floor` it ends where that ends.
  const listed = open !== null && (shown.length > 0 || !open.typed);
  useLayoutEffect(() => {
    const [field, element] = [box.current, list.current];
    if (!listed || !field || !element) return;
    const around = field.closest('[data-floor="true"]');
    const put = (): void => {
      const place = field.getBoundingClientRect();
      const floor = around?.getBoundingClientRect().bottom ?? window.innerHeight;
      const below = floor - place.bottom;
      const above = place.top > below && below < 240;
      const width = Math.min(Math.max(place.width, 420), window.innerWidth - 16);
      element.style.width = `${width}px`;
      element.style.left = `${Math.max(8, Math.min(place.left, window.innerWidth - width - 8))}px`;
      element.style.maxHeight = `${Math.min(320, (above ? place.top : below) - 12)}px`;
      element.style.top = above ? 'auto' : `${place.bottom + 2}px`;
      element.style.bottom = above ? `${window.innerHeight - place.top + 2}px` : 'auto';
    };
    put();
    // It goes with its field, which scrolls, and moves where another part of the page grows.
    const sizes = new ResizeObserver(put);
    sizes.observe(around ?? field);
    window.addEventListener('scroll', put, true);
    return () => {
      sizes.disconnect();
      window.removeEventListener('scroll', put, true);
    };
  }, [listed]);

  function show(typed: boolean): void {
    const all = open?.all ?? choices();
    setOpen({ all, typed });
    setAt(typed ? -1 : all.findIndex((one) => one.value === value));
  }
  function hide(): void {
    setOpen(null);
    setAt(-1);
  }
  function choose(choice: Choice): void {
    // One of those that are left while one types completes what is typed.
    change(choice.value, !open?.typed);
    hide();
    input.current?.focus();
  }
  function onKeyDown(event: React.KeyboardEvent): void {
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) return show(false);
      if (shown.length > 0) setAt((at + (event.key === 'ArrowDown' ? 1 : at < 0 ? 0 : -1) + shown.length) % shown.length);
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      const choice = shown[at];
      // What was written stays as it is.
      if (choice) choose(choice);
      else hide();
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      event.stopPropagation();
      hide();
    }
  }

  return (
    <div className="combobox" ref={box}>
      <input
        ref={input}
        id={id}
        role="combobox"
        value={value}
        placeholder={placeholder}
        inputMode={inputMode}
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-expanded={open !== null}
        aria-controls={open ? listId : undefined}
        aria-activedescendant={open && shown[at] ? `${listId}-${at}` : undefined}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        onChange={(event) => {
          change(event.target.value, false);
          show(true);
        }}
        onBlur={hide}
        onKeyDown={onKeyDown}
      />
      <button
        type="button"
        className="combobox-open"
        tabIndex={-1}
        aria-label={listLabel}
        aria-expanded={open !== null}
        // The field keeps the focus: without it the list goes.
        onPointerDown={(event) => event.preventDefault()}
        onClick={() => {
          if (open) return hide();
          input.current?.focus();
          show(false);
        }}
      >
        <Icon name="down" />
      </button>
      {listed && (
        <div ref={list} id={listId} role="listbox" tabIndex={-1} aria-label={listLabel} className="combobox-list" onPointerDown={(event) => event.preventDefault()}>
          {hint && (
            <p className="combobox-hint" aria-hidden="true">
              {hint}
            </p>
          )}
          {shown.length === 0 && (
            <div role="option" tabIndex={-1} aria-selected="false" aria-disabled="true" className="combobox-empty">
              {empty}
            </div>
          )}
          {shown.map((choice, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: its keys are the field's: the focus stays there
            <div key={choice.value} id={`${listId}-${i}`} role="option" tabIndex={-1} aria-selected={i === at} className="combobox-choice" onClick={() => choose(choice)}>
              <span className="mono">{choice.value}</span> <span className="combobox-note">{choice.note}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
