import type { ComponentChildren } from 'preact';

const Icon = ({ children }: { children: ComponentChildren }) => (
  <svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    {children}
  </svg>
);

export const Feather = () => (
  <svg
    viewBox="0 0 32 32"
    fill="none"
    stroke="currentColor"
    stroke-width="2.2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d="M5 27 20 12" />
    <path d="M26 6c-7-2-14 1-17 7-1.6 3.2-1.6 6.4-1 10 3.6.6 6.8.6 10-1 6-3 9.500-9.500 8-16Z" />
    <path d="M13 19h8" />
  </svg>
);
export const Play = () => (
  <Icon>
    <path d="M7 5v14l12-7Z" />
  </Icon>
);
export const Pause = () => (
  <Icon>
    <path d="M8 5v14M16 5v14" />
  </Icon>
);
export const Step = () => (
  <Icon>
    <path d="M6 5v14l10-7ZM19 5v14" />
  </Icon>
);
export const Stop = () => (
  <Icon>
    <path d="M6 6h12v12H6Z" />
  </Icon>
);
export const Download = () => (
  <Icon>
    <path d="M12 4v11m0 0-4-4m4 4 4-4M5 20h14" />
  </Icon>
);
export const LinkIcon = () => (
  <Icon>
    <path d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.700-5.700l-1.300 1.300M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.700 5.700l1.300-1.300" />
  </Icon>
);
export const Pages = () => (
  <Icon>
    <path d="M9 8h11v12H9ZM15 8V4H4v12h5" />
  </Icon>
);
export const Sun = () => (
  <Icon>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600 7 7M17 17l1.400 1.400M5.600 18.400 7 17M17 7l1.400-1.400" />
  </Icon>
);
export const Moon = () => (
  <Icon>
    <path d="M19 14.500A8 8 0 0 1 9.500 5a7.500 7.500 0 1 0 9.500 9.500Z" />
  </Icon>
);
export const Half = () => (
  <Icon>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 4v16a8 8 0 0 0 0-16Z" fill="currentColor" />
  </Icon>
);
export const Magnifier = () => (
  <Icon>
    <circle cx="10.500" cy="10.500" r="6" />
    <path d="m15 15 5 5" />
  </Icon>
);
export const Camera = () => (
  <Icon>
    <path d="M4 8h3l2-3h6l2 3h3v11H4Z" />
    <circle cx="12" cy="13" r="3.500" />
  </Icon>
);
export const Upload = () => (
  <Icon>
    <path d="M12 15V4m0 0L8 8m4-4 4 4M5 20h14" />
  </Icon>
);
export const Trash = () => (
  <Icon>
    <path d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13" />
  </Icon>
);
export const Undo = () => (
  <Icon>
    <path d="M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10H9" />
  </Icon>
);
