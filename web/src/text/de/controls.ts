import type { Texts } from '../en.ts';

export const controlsDe: Texts['controls'] = {
  nav: { course: 'Kurs', neighbors: 'Benachbarte Lektionen' },
  copied: 'Kopiert',
  notAllowed: 'Nicht erlaubt',
  trouble: 'Das ließ sich nicht berechnen',
  device: {
    opening: 'Die GPU wird geöffnet …',
    needed: 'Dieser Teil braucht eine GPU.',
    none: 'Es gibt keine GPU. Deshalb zeigt diese Seite aufgezeichnete Ergebnisse',
    which: 'Welche Browser WebGPU haben, und was du versuchen kannst (auf Englisch)',
    paper: 'Du kannst trotzdem alles lesen und die Aufgaben auf Papier lösen.',
    again: 'Noch einmal versuchen',
    table: 'Tabelle {number} der Abbildung',
    recorded:
      'Aufgezeichnet am {date} mit {device}. Die Bedienelemente zeigen den Zustand bei dieser Aufnahme.',
  },
  kernel: {
    line: 'Zeile {lines}',
    lines: 'Zeilen {lines}',
    marked: 'Markierte Zeilen von {name}.wgsl',
    whole: 'Der ganze Kernel, {count} Zeilen',
    withNotes: 'Der ganze Kernel, {count} Zeilen, mit Anmerkungen',
    one: 'Zeile {line}',
    range: 'Zeilen {from} bis {to}',
    from: '{name}.wgsl ab Zeile {line}',
  },
  check: {
    intro:
      'Der Gradient, den die Kernel berechnen, wird Element für Element mit zentralen Differenzen verglichen: (f(x + h) − f(x − h)) / 2h.',
    running: 'Wird geprüft …',
    pass: 'Bestanden:',
    fail: 'Nicht bestanden:',
    error: 'Fehler:',
  },
  exercise: {
    intro:
      'In manchen Aufgaben änderst du einen Kernel, bis er stimmt: Dein Code wird auf deiner GPU übersetzt, mit Testwerten ausgeführt und, wenn er einen Gradienten berechnet, mit zentralen Differenzen verglichen. Die anderen fragen nach einer Zahl, die mit einer Berechnung verglichen wird. Deine Antworten bleiben in diesem Browser.',
    count: '{solved} von {total} gelöst.',
    solved: 'gelöst',
    open: 'Den Editor öffnen',
    run: 'Tests ausführen',
    running: 'Läuft …',
    race: 'Geschwindigkeit vergleichen',
    over: 'Von vorn beginnen',
    hint: 'Tipp {number} von {total}',
    solution: 'Eine Lösung',
    copy: 'In den Editor übernehmen',
    answer: 'Deine Antwort',
    answerIn: 'Deine Antwort ({unit})',
    check: 'Prüfen',
    noNumber: '„{text}“ ist keine Zahl. Schreibe sie wie 1234,5 oder −0,25.',
    line: 'Zeile {line}, Spalte {column}:',
    pass: 'Bestanden, {name}:',
    fail: 'Nicht bestanden, {name}:',
    done: 'Gelöst.',
    next: 'Vergleiche die Geschwindigkeit mit dem Kernel der Bibliothek, oder versuche, deinen kürzer zu machen.',
    raced: '{what}: dein Kernel {own} ms, der von feathergrad {library} ms.',
    slower:
      'Auf diesem Gerät braucht deiner {times}-mal so lange. Die Kernel der Bibliothek laden vier Zahlen auf einmal und lassen jeden Thread mehr als ein Ergebnis berechnen; sie laden also seltener. Deiner berechnet ein Ergebnis pro Thread.',
    faster:
      'Auf diesem Gerät ist deiner {times}-mal so schnell. Er leistet weniger: Die Operation der Bibliothek kann auch mit anderen Formen, mit unendlichen Werten und mit NaN umgehen und braucht manchmal mehrere Dispatches.',
    equal:
      'Das ist etwa gleich schnell: Auf diesem Gerät vergeht die Zeit mit dem Speicher oder mit dem Start des Dispatches, nicht mit dem Rechnen.',
  },
  results: {
    missing: 'Im Code fehlt jetzt die Deklaration von {names}.',
    right: 'alle {count} Werte stimmen',
    wrong: '{wrong} von {count} Werten sind falsch. Bei {at}: {got} statt {expected}.',
    slopes: 'Gradientenprüfung',
    slopesRight: 'alle {count} Steigungen stimmen mit zentralen Differenzen überein',
    slopesWrong:
      '{wrong} von {count} Steigungen weichen von zentralen Differenzen ab. Am stärksten bei [{at}]: Kernel {got}, zentrale Differenz {expected}.',
    number: 'deine Zahl',
    numberRight: 'dein Gerät berechnet {expected}',
    tooSmall: 'dein Gerät berechnet eine andere Zahl; deine ist zu klein',
    tooLarge: 'dein Gerät berechnet eine andere Zahl; deine ist zu groß',
    checkRight:
      '{count} Steigungen stimmen überein. Der größte Unterschied ist bei {at}: {got} nach dem Band, {expected} nach Differenzen.',
    checkWrong:
      '{wrong} von {count} Steigungen weichen ab. Der größte Unterschied ist bei {at}: {got} nach dem Band, {expected} nach Differenzen.',
  },
};
