/** Sharing what is on the page: a link with its length and what that means, and a file for what no link carries. */

import { useEffect, useState } from 'react';
import { copyAddress } from '../../actions/copy-value.ts';
import { linkSize, makeLink, saveFile } from '../../actions/share.ts';
import { finderWords } from '../../text/finder.ts';
import { Overlay } from '../../widgets/overlay.tsx';
import { useApp, useView } from '../page/app-context.ts';
import './share.css';

export default function ShareDialog(): React.ReactNode {
  const app = useApp();
  const language = useView((state) => state.settings.language);
  const words = finderWords(language);
  const own = useView((state) => state.document.example === null);
  const [link, setLink] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    makeLink(app).then(
      (made) => !gone && setLink(made),
      () => !gone && setFailed(true),
    );
    return () => {
      gone = true;
    };
  }, [app]);
  const close = (): void => app.select({ overlay: null });
  // A file carries what no link does.
  const size = failed ? 'long' : link === null ? null : linkSize(link);
  return (
    <Overlay label={words.share.title} modal className="share" close={close}>
      <div className="share-body">
        <h2>{words.share.title}</h2>
        {size !== 'long' && (
          <label>
            <span className="small">{words.share.link}</span>
            <input readOnly className="mono" value={link ?? ''} onFocus={(event) => event.target.select()} />
          </label>
        )}
        <p role="status" data-size={size ?? ''}>
          {failed ? words.share.failed : link === null || size === null ? words.share.making : words.share.length[size]({ length: link.length.toLocaleString(language) })}
        </p>
        {size !== 'long' && <p className="muted small">{own ? words.share.own : words.share.scenario}</p>}
        <div className="share-buttons">
          {size !== 'long' && (
            <button type="button" className="button share-main" disabled={link === null} onClick={() => link !== null && copyAddress(app, link)}>
              {words.share.copy}
            </button>
          )}
          <button type="button" className={size === 'long' ? 'button share-main' : 'button'} onClick={() => saveFile.perform(app)}>
            {words.share.save}
          </button>
          <button type="button" className="button" onClick={close}>
            {words.close}
          </button>
        </div>
        <p className="muted small">{words.share.saveHint}</p>
      </div>
    </Overlay>
  );
}
