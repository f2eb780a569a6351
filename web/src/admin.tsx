// What changes the running autoscaler: pause, resume, tick now, override. The token is kept in this tab alone.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { ApiError, type Status } from './api';

const KEY = 'fas-admin-token';

export function admin_token(): string {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

export function keep_token(token: string) {
  try {
    if (token) sessionStorage.setItem(KEY, token);
    else sessionStorage.removeItem(KEY);
  } catch {
    // Asked for again with the next action.
  }
}

// Why it was refused, and what to do.
export function refusal(error: unknown): { message: string; token: boolean } {
  if (!(error instanceof ApiError)) return { message: String(error), token: false };
  if (error.status === 401) return { message: 'Refused: the admin token is wrong. Enter the one that admin-token is set to.', token: true };
  if (error.status === 403) return { message: `Refused: ${error.message}`, token: false };
  if (error.status === 429) return { message: 'Too many requests; wait a moment and try again.', token: false };
  return { message: error.message, token: false };
}

export const StatusContext = createContext<Status | undefined>(undefined);
export const useStatus = () => useContext(StatusContext);

export const ToastContext = createContext<(text: string) => void>(() => {});
export const useToast = () => useContext(ToastContext);
