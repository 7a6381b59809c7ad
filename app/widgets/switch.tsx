/** A few choices side by side, one of them pressed. */

import './switch.css';

interface Choice<T extends string> {
  readonly id: T;
  readonly label: string;
}

export function Switch<T extends string>({
  label,
  choices,
  chosen,
  choose,
}: {
  label: string;
  choices: readonly Choice<T>[];
  chosen: T;
  choose: (id: T) => void;
}): React.ReactNode {
  return (
    <fieldset className="switch">
      <legend className="sr-only">{label}</legend>
      {choices.map(({ id, label: text }) => (
        <button key={id} type="button" aria-pressed={id === chosen} onClick={() => choose(id)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}
