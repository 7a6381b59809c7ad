/** A tab of a browser, as far as work is kept in it: pages come and go in it, storage, database and history stay. */

import { vi } from 'vitest';

/** Of a thing that is asked for, as IndexedDB answers: after the task at hand. */
interface Asked {
  result: unknown;
  error: Error | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

function answered(act: () => unknown): Asked {
  const asked: Asked = { result: undefined, error: null, onsuccess: null, onerror: null };
  queueMicrotask(() => {
    try {
      asked.result = structuredClone(act());
      asked.onsuccess?.();
    } catch (error) {
      asked.error = error as Error;
      asked.onerror?.();
    }
  });
  return asked;
}

/** The browser's database: what was put is there, as a copy, once the transaction is complete. */
class MemoryDatabase {
  readonly stores = new Map<string, Map<string, unknown>>();
  /** Whether it may grow no more. */
  full = false;

  open(): object {
    const request: Record<string, unknown> = { result: this.#connection() };
    queueMicrotask(() => {
      if (this.stores.size === 0) (request.onupgradeneeded as (() => void) | undefined)?.();
      (request.onsuccess as (() => void) | undefined)?.();
    });
    return request;
  }

  #connection(): object {
    return { createObjectStore: (name: string) => this.stores.set(name, new Map()), transaction: () => this.#transaction(), close: () => undefined };
  }

  #transaction(): object {
    const todo: (() => void)[] = [];
    const transaction: Record<string, unknown> = { error: null, commit: () => undefined };
    transaction.objectStore = (name: string) => {
      const store = this.stores.get(name) as Map<string, unknown>;
      return {
        put: (value: { readonly id?: string }, key?: string) => {
          const copy = structuredClone(value);
          todo.push(() => store.set(key ?? (value.id as string), copy));
        },
        delete: (key: string) => todo.push(() => store.delete(key)),
        clear: () => todo.push(() => store.clear()),
        get: (key: string) => answered(() => store.get(key)),
        getAll: () => answered(() => [...store.values()]),
      };
    };
    queueMicrotask(() => {
      if (this.full && todo.length > 0) {
        transaction.error = new DOMException('no room', 'QuotaExceededError');
        (transaction.onabort as (() => void) | undefined)?.();
        return;
      }
      for (const one of todo) one();
      (transaction.oncomplete as (() => void) | undefined)?.();
    });
    return transaction;
  }
}

function storage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) };
}

export interface Tab {
  readonly database: MemoryDatabase;
  /** Another tab of the same browser, and with it the end of this one. */
  next(): Tab;
}

/** What is stored is stored in this tab from now on. */
export function openTab(database = new MemoryDatabase(), settings = storage()): Tab {
  vi.stubGlobal('indexedDB', database);
  vi.stubGlobal('localStorage', settings);
  vi.stubGlobal('sessionStorage', storage());
  return { database, next: () => openTab(database, settings) };
}
