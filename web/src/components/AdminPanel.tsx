// The buttons that change an app's scaling, each with its dialog. They are there only where the server has an admin token.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { admin_token, keep_token, refusal, useStatus, useToast } from '../admin';
import { admin_call, type AdminCall, type AppDetail, type AppSummary, type Bounds } from '../api';
import { targets } from '../format';

type Open = 'pause' | 'resume' | 'tick' | 'override' | 'drop' | null;

const FOR: [string, string][] = [
  ['15m', '15 minutes'],
  ['1h', '1 hour'],
  ['4h', '4 hours'],
  ['24h', '1 day'],
  ['168h', '7 days'],
];

function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current!;
    if (!dialog.open) dialog.showModal();
    return () => dialog.close();
  }, []);
  return (
    <dialog ref={ref} aria-labelledby="dialog-title" onClose={onClose} onClick={(e) => e.target === ref.current && onClose()}>
      <div class="dialog-body">
        <h2 id="dialog-title">{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

interface FormProps {
  app: string;
  title: string;
  action: string; // the label of the button
  text?: ComponentChildren;
  children?: ComponentChildren;
  call: () => AdminCall | string; // a string: what is wrong with the input
  onDone: (result: AppSummary | undefined) => void;
  onClose: () => void;
}

// Asks for the token where there is none, and says clearly why something was refused.
function AdminForm({ app, title, action, text, children, call, onDone, onClose }: FormProps) {
  const [token, set_token] = useState(admin_token);
  const [ask, set_ask] = useState(!admin_token());
  const [error, set_error] = useState('');
  const [busy, set_busy] = useState(false);
  const submit = async (e: Event) => {
    e.preventDefault();
    const wanted = call();
    if (typeof wanted === 'string') return set_error(wanted);
    if (!token.trim()) return set_error('Enter the admin token first.');
    set_busy(true);
    set_error('');
    try {
      const result = await admin_call(app, wanted, token.trim());
      keep_token(token.trim());
      onDone((result as AppSummary).name ? (result as AppSummary) : undefined);
    } catch (failed) {
      const why = refusal(failed);
      set_error(why.message);
      if (why.token) {
        keep_token('');
        set_ask(true);
      }
    } finally {
      set_busy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {text && <p class="muted">{text}</p>}
        {children}
        {ask && (
          <label>
            Admin token
            <input type="password" name="admin-token" autocomplete="off" value={token} onInput={(e) => set_token(e.currentTarget.value)} />
            <small class="muted">The value of admin-token. Kept in this tab until it is closed, and sent to this server alone.</small>
          </label>
        )}
        <div role="alert" class="form-error">
          {error}
        </div>
        <div class="buttons">
          {!ask && (
            <button
              type="button"
              class="quiet start"
              onClick={() => {
                keep_token('');
                set_token('');
                set_ask(true);
              }}
            >
              Forget token
            </button>
          )}
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            {busy ? 'Sending …' : action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const Reason = ({ value, onInput }: { value: string; onInput: (v: string) => void }) => (
  <label>
    Reason
    <input type="text" name="reason" maxLength={200} placeholder="shown to everyone who looks" value={value} onInput={(e) => onInput(e.currentTarget.value)} />
  </label>
);

function For({ value, onInput, forever }: { value: string; onInput: (v: string) => void; forever?: boolean }) {
  return (
    <label>
      For
      <select name="for" value={value} onChange={(e) => onInput(e.currentTarget.value)}>
        {FOR.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
        {forever && <option value="">until resumed</option>}
      </select>
    </label>
  );
}

type DialogProps = { app: AppDetail; onDone: FormProps['onDone']; onClose: () => void };

function PauseDialog({ app, onDone, onClose }: DialogProps) {
  const [length, set_length] = useState('1h');
  const [reason, set_reason] = useState('');
  return (
    <AdminForm
      app={app.name}
      title={`Pause ${app.name}`}
      action="Pause"
      text="It goes on deciding and recording, and touches no machine."
      call={() => ({ method: 'POST', what: 'pause', body: { ...(length ? { for: length } : {}), reason } })}
      onDone={onDone}
      onClose={onClose}
    >
      <For value={length} onInput={set_length} forever />
      <Reason value={reason} onInput={set_reason} />
    </AdminForm>
  );
}

// An empty text is no bound, both empty no bounds at all.
function read_bounds(min: string, max: string, what: string): Bounds | null | string {
  const read = (text: string) => (text.trim() === '' ? null : /^\d{1,6}$/.test(text.trim()) ? Number(text) : NaN);
  const [low, high] = [read(min), read(max)];
  if (Number.isNaN(low) || Number.isNaN(high)) return `${what}: whole numbers, please.`;
  if (low !== null && high !== null && low > high) return `${what}: at least ${low} is more than at most ${high}.`;
  return low === null && high === null ? null : { min: low, max: high };
}

function BoundsFields({ legend, value, onInput }: { legend: string; value: [string, string]; onInput: (v: [string, string]) => void }) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      <label>
        at least
        <input inputMode="numeric" name={`${legend}-min`} value={value[0]} onInput={(e) => onInput([e.currentTarget.value, value[1]])} />
      </label>
      <label>
        at most
        <input inputMode="numeric" name={`${legend}-max`} value={value[1]} onInput={(e) => onInput([value[0], e.currentTarget.value])} />
      </label>
    </fieldset>
  );
}

function OverrideDialog({ app, onDone, onClose }: DialogProps) {
  const text = (n: number | null | undefined) => (n === null || n === undefined ? '' : String(n));
  const now = app.targets;
  const [started, set_started] = useState<[string, string]>([text(now?.started.min), text(now?.started.max)]);
  const [created, set_created] = useState<[string, string]>(['', '']);
  const [length, set_length] = useState('1h');
  const [reason, set_reason] = useState('');
  const call = (): AdminCall | string => {
    const s = read_bounds(started[0], started[1], 'Started machines');
    const c = read_bounds(created[0], created[1], 'Created machines');
    if (typeof s === 'string') return s;
    if (typeof c === 'string') return c;
    if (!s && !c) return 'Give at least one number.';
    return { method: 'PUT', what: 'override', body: { started: s, created: c, for: length, reason } };
  };
  return (
    <AdminForm
      app={app.name}
      title={`Override the targets of ${app.name}`}
      action="Override"
      text={`In place of what the policy asks for${now ? ` (now ${targets(now)})` : ''}, until it ends by itself.`}
      call={call}
      onDone={onDone}
      onClose={onClose}
    >
      <BoundsFields legend="Started machines" value={started} onInput={set_started} />
      <BoundsFields legend="Created machines" value={created} onInput={set_created} />
      <For value={length} onInput={set_length} />
      <Reason value={reason} onInput={set_reason} />
    </AdminForm>
  );
}

export function AdminPanel({ app, onChange }: { app: AppDetail; onChange: (summary: AppSummary | undefined) => void }) {
  const status = useStatus();
  const toast = useToast();
  const [open, set_open] = useState<Open>(null);
  const [busy, set_busy] = useState(false);
  if (!status) return null;
  if (!status.admin) {
    return (
      <p class="readonly muted" title="Set admin-token in the configuration to pause, resume and override from here.">
        read-only: no admin-token is set
      </p>
    );
  }
  const close = () => set_open(null);
  const done = (text: string) => (summary: AppSummary | undefined) => {
    close();
    toast(text);
    onChange(summary);
  };
  // Without a question where the token is at hand; the dialog opens when it is missing or refused.
  const at_once = async (which: 'resume' | 'tick', text: string) => {
    const token = admin_token();
    if (!token) return set_open(which);
    set_busy(true);
    try {
      const result = (await admin_call(app.name, { method: 'POST', what: which, body: {} }, token)) as AppSummary;
      done(text)(result.name ? result : undefined);
    } catch (error) {
      const why = refusal(error);
      if (why.token) {
        keep_token('');
        set_open(which);
      } else {
        toast(why.message);
      }
    } finally {
      set_busy(false);
    }
  };
  const paused = app.override?.paused;
  const overridden = !!app.override?.targets;
  return (
    <div class="admin" role="group" aria-label="Control">
      {paused ? (
        <button type="button" disabled={busy} onClick={() => at_once('resume', `${app.name} is resumed`)}>
          Resume
        </button>
      ) : (
        <button type="button" onClick={() => set_open('pause')}>
          Pause …
        </button>
      )}
      <button type="button" disabled={busy} onClick={() => at_once('tick', 'Its tick begins')}>
        Tick now
      </button>
      <button type="button" onClick={() => set_open('override')}>
        Override …
      </button>
      {overridden && (
        <button type="button" onClick={() => set_open('drop')}>
          End override …
        </button>
      )}
      {open === 'pause' && <PauseDialog app={app} onDone={done(`${app.name} is paused`)} onClose={close} />}
      {open === 'override' && <OverrideDialog app={app} onDone={done(`The override of ${app.name} is in force`)} onClose={close} />}
      {open === 'resume' && (
        <AdminForm app={app.name} title={`Resume ${app.name}`} action="Resume" call={() => ({ method: 'POST', what: 'resume', body: {} })} onDone={done(`${app.name} is resumed`)} onClose={close} />
      )}
      {open === 'tick' && (
        <AdminForm app={app.name} title={`Tick ${app.name} now`} action="Tick now" call={() => ({ method: 'POST', what: 'tick', body: {} })} onDone={done('Its tick begins')} onClose={close} />
      )}
      {open === 'drop' && (
        <AdminForm
          app={app.name}
          title={`End the override of ${app.name}`}
          action="End override"
          text="The policy's own targets hold again with the next tick."
          call={() => ({ method: 'DELETE', what: 'override' })}
          onDone={done(`The override of ${app.name} has ended`)}
          onClose={close}
        />
      )}
    </div>
  );
}
