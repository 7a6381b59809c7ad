/** Icons drawn here, so that no font has to have them. Always hidden from accessible names: the button has a label. */

const PATHS = {
  first: 'M4 3v10M13 3L6 8l7 5z',
  previousChange: 'M8 3L2 8l6 5zM14 3L8 8l6 5z',
  previous: 'M11 3L4 8l7 5z',
  next: 'M5 3l7 5-7 5z',
  nextChange: 'M2 3l6 5-6 5zM8 3l6 5-6 5z',
  last: 'M12 3v10M3 3l7 5-7 5z',
  undo: 'M3 6h7a3.5 3.5 0 010 7H6M6 2.5L2.5 6 6 9.5',
  redo: 'M13 6H6a3.5 3.5 0 000 7h4M10 2.5L13.5 6 10 9.5',
  link: 'M6.5 9.5l3-3M7 4.5l1.5-1.5a2.5 2.5 0 013.5 3.5L10.5 8M9 11.5L7.5 13a2.5 2.5 0 01-3.5-3.5L5.5 8',
  open: 'M8 11V3M4.5 6.5L8 3l3.5 3.5M2.5 11v2.5h11V11',
  keys: 'M1.5 4h13v8h-13zM4 6.5h.500M7 6.5h.500M10 6.5h.500M12 6.5h.500M5 9.5h6',
  auto: 'M8 2a6 6 0 100 12zM8 2a6 6 0 010 12',
  light: 'M8 5a3 3 0 100 6 3 3 0 000-6zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.5 3.5l1 1M11.5 11.5l1 1M12.5 3.5l-1 1M4.5 11.5l-1 1',
  dark: 'M13 9.5A5.5 5.5 0 016.5 3 5.5 5.5 0 1013 9.5z',
  search: 'M7 2.5a4.5 4.500 0 100 9 4.500 4.500 0 000-9zM10.500 10.500L14 14',
  more: 'M3 7.25a.75.75 0 100 1.5.75.75 0 000-1.5zM8 7.25a.75.75 0 100 1.5.75.75 0 000-1.5zM13 7.25a.75.75 0 100 1.5.75.75 0 000-1.5z',
  down: 'M3.5 6L8 10.5 12.5 6',
  up: 'M3.5 10L8 5.5 12.5 10',
  play: 'M4 3l9 5-9 5z',
  pause: 'M4.5 3v10M11.5 3v10',
  breakpoint: 'M8 3.500a4.500 4.500 0 100 9 4.500 4.500 0 000-9z',
  remove: 'M4 4l8 8M12 4l-8 8',
  cluster: 'M5.5 2h5v3.5h-5zM1.500 10.500h5V14h-5zM9.500 10.500h5V14h-5zM8 5.500V8M4 10.500V8h8v2.500',
} as const;

export type IconName = keyof typeof PATHS;

const FILLED: ReadonlySet<IconName> = new Set(['first', 'previousChange', 'previous', 'next', 'nextChange', 'last', 'dark', 'more', 'play', 'breakpoint']);

export function Icon({ name }: { name: IconName }): React.ReactNode {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      aria-hidden="true"
      fill={FILLED.has(name) ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinejoin="round"
      strokeLinecap="round"
    >
      <path d={PATHS[name]} />
      {name === 'auto' && <path d="M8 2a6 6 0 000 12z" fill="currentColor" />}
    </svg>
  );
}
