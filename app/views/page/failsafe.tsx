/** The last resort: should a view ever fail, the page says so and offers a way on. Without it nothing would be left to see. */

import { Component } from 'react';
import { failsafeWords } from '../../text/failsafe.ts';
import type { Language } from '../../store/state.ts';

interface Props {
  readonly language: () => Language;
  readonly children: React.ReactNode;
}

interface Stopped {
  readonly message: string | null;
}

/** React knows no other way to catch what a view throws than a class. */
export class Failsafe extends Component<Props, Stopped> {
  override state: Stopped = { message: null };

  static getDerivedStateFromError(error: unknown): Stopped {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): React.ReactNode {
    const { message } = this.state;
    if (message === null) return this.props.children;
    const words = failsafeWords(this.props.language());
    return (
      <main className="failsafe" role="alert">
        <h1>{words.title}</h1>
        <p>{words.text({ message })}</p>
        <p>
          <button type="button" className="button" onClick={() => location.reload()}>
            {words.reload}
          </button>{' '}
          {/* What made it fail may be what it would open again. */}
          <a href="./">{words.anew}</a>
        </p>
      </main>
    );
  }
}
