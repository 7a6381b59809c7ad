/** What lies over the page, one at a time; each is fetched when it is first asked for. */

import { useEffect } from 'react';
import { takeHeldKeys } from '../../actions/type-ahead.ts';
import type { Overlay } from '../../store/state.ts';
import { useApp, useView } from './app-context.ts';
import { Fetched } from './fetched.tsx';

const gallery = () => import('../gallery/gallery.tsx').then((part) => part.default);
const palette = () => import('../palette/palette.tsx').then((part) => part.default);
const sharing = () => import('../sharing/share-dialog.tsx').then((part) => part.default);
const keys = () => import('../keys/keys-dialog.tsx').then((part) => part.default);

export function Overlays(): React.ReactNode {
  const app = useApp();
  const overlay = useView((state) => state.selection.overlay);
  // What was typed for one that was given up before it came is for nothing any more.
  useEffect(() => () => void (overlay && takeHeldKeys(overlay)), [overlay]);
  const giveUp = (): void => app.select({ overlay: null });
  const parts: Readonly<Partial<Record<Overlay, React.ReactNode>>> = {
    gallery: <Fetched key="gallery" load={gallery} props={{}} giveUp={giveUp} />,
    palette: <Fetched key="palette" load={palette} props={{ only: 'all' }} giveUp={giveUp} />,
    'go-to': <Fetched key="go-to" load={palette} props={{ only: 'places' }} giveUp={giveUp} />,
    share: <Fetched key="share" load={sharing} props={{}} giveUp={giveUp} />,
    keys: <Fetched key="keys" load={keys} props={{}} giveUp={giveUp} />,
  };
  return overlay && parts[overlay];
}
