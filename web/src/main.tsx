// The frame around every page.
import { render } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { StatusContext, ToastContext, useStatus } from './admin';
import { PageTitle } from './components/bits';
import { useConnection, useStatusFeed } from './live';
import { AppPage } from './pages/app';
import { Configuration } from './pages/config';
import { Decisions } from './pages/decisions';
import { Overview } from './pages/overview';
import { Playground } from './pages/playground';
import { link, useRoute, type Route } from './router';
import { set_theme, useTheme, type Theme } from './theme';
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/pages.css';

const NEXT_THEME: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };

function ThemeButton() {
  const { theme } = useTheme();
  return (
    <button type="button" class="quiet theme" title="Colours: as the system says, light, dark" onClick={() => set_theme(NEXT_THEME[theme])}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6" fill={theme === 'dark' ? 'currentColor' : 'none'} stroke="currentColor" stroke-width="1.5" />
        {theme === 'auto' && <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />}
      </svg>
      <span class="sr">Colours: </span>
      <span class="theme-name">{theme}</span>
    </button>
  );
}

const CONNECTION = { live: 'live', connecting: 'connecting', lost: 'connection lost', idle: '' };

function Live() {
  const connection = useConnection();
  return (
    <span class={`connection is-${connection}`} role="status">
      <i aria-hidden="true" />
      {CONNECTION[connection]}
    </span>
  );
}

function Notes() {
  const status = useStatus();
  return (
    <>
      {status?.dry_run && <span class="badge held">dry run</span>}
      {status && !status.history.ok && (
        <span class="badge bad" title={status.history.note}>
          history not recorded
        </span>
      )}
    </>
  );
}

function Header({ route }: { route: Route }) {
  const first = route.path[0] ?? '';
  const item = (path: string[], text: string, here: boolean) => (
    <a href={link(path)} aria-current={here ? 'page' : undefined}>
      {text}
    </a>
  );
  return (
    <header class="top">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <a class="brand" href={link([])}>
        <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
          <rect class="brand-back" width="32" height="32" rx="7" />
          <path d="M6 23h5v-6h5v-5h5V7h5" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
        <span>fly-autoscaler</span>
      </a>
      <nav aria-label="Pages">
        {item([], 'Apps', first === '' || first === 'app')}
        {item(['decisions'], 'Decisions', first === 'decisions')}
        {item(['config'], 'Configuration', first === 'config')}
      </nav>
      <div class="top-end">
        <Notes />
        <Live />
        <ThemeButton />
      </div>
    </header>
  );
}

// The hash is the router's; the focus is moved by hand.
function skip(e: Event) {
  e.preventDefault();
  document.getElementById('main')?.focus();
}

function Page({ route }: { route: Route }) {
  const [kind, name, part] = route.path;
  if (!kind) return <Overview route={route} />;
  if (kind === 'app' && name && part === 'try') return <Playground key={name} name={name} route={route} />;
  if (kind === 'app' && name) return <AppPage key={name} name={name} route={route} />;
  if (kind === 'decisions') return <Decisions route={route} />;
  if (kind === 'config') return <Configuration />;
  return (
    <>
      <PageTitle title="No such page" />
      <p>
        <a href={link([])}>All apps</a>
      </p>
    </>
  );
}

function Root() {
  const route = useRoute();
  const { status, error } = useStatusFeed();
  const [toast, set_toast] = useState('');
  const timer = useRef<number | undefined>(undefined);
  const show = useCallback((text: string) => {
    window.clearTimeout(timer.current);
    set_toast(text);
    timer.current = window.setTimeout(() => set_toast(''), 6000);
  }, []);
  const place = route.path.join('/');
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) window.scrollTo(0, 0);
    first.current = false;
  }, [place]);
  return (
    <StatusContext.Provider value={status}>
      <ToastContext.Provider value={show}>
        <Header route={route} />
        <main id="main" tabIndex={-1}>
          {error && (
            <div class="notice bad" role="alert">
              {error.message} What is shown may be old.
            </div>
          )}
          <Page route={route} />
        </main>
        <footer>
          {status ? `fly-autoscaler ${status.version}` : ''}
          {status && <span>every {status.interval} s</span>}
          <a href="api/v1/openapi.json">API</a>
          <a href="metrics">Metrics</a>
        </footer>
        <div class={`toast${toast ? ' shown' : ''}`} role="status">
          {toast}
        </div>
      </ToastContext.Provider>
    </StatusContext.Provider>
  );
}

render(<Root />, document.getElementById('root')!);
