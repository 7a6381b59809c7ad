import type { App } from '../store/store.ts';
import type { Action } from './action.ts';

export const showGallery: Action = {
  name: 'gallery',
  label: (words) => words.actions.gallery,
  keys: ['o'],
  available: () => true,
  perform: (app) => toggle(app, 'scenarios'),
};

export const showRecent: Action = {
  name: 'recent',
  label: (words) => words.actions.recent,
  keys: [],
  available: () => true,
  perform: (app) => toggle(app, 'recent'),
};

function toggle(app: App, galleryPart: 'scenarios' | 'recent'): void {
  const { overlay, galleryPart: shown } = app.store.getState().selection;
  app.select(overlay === 'gallery' && (shown === galleryPart || galleryPart === 'scenarios') ? { overlay: null } : { overlay: 'gallery', galleryPart });
}
