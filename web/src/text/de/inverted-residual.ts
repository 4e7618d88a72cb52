import type { invertedResidualEn } from '../en/inverted-residual.ts';
import type { Shape } from '../shape.ts';

export const invertedResidualDe: Shape<typeof invertedResidualEn> = {
  title: 'Das umgekehrte Residuum und der lineare Engpass',
  teaser: 'Weiten, filtern, verengen: und nie verbiegen, was eng ist. Eine Spirale zeigt, warum.',
  summary: {
    a: 'Die Blöcke von MobileNetV2 und V3 sind außen schmal und innen breit. Eine 1-×-1-Faltung macht aus wenigen Kanälen viele, eine tiefenweise Faltung filtert jeden davon, und eine weitere 1-×-1-Faltung projiziert das Ergebnis zurück auf wenige. Wenn die Form es erlaubt, wird der Eingang des Blocks addiert. Die älteren Residualblöcke sind außen breit und innen schmal, deshalb heißt dieser umgekehrt.',
    b: 'Warum innen so breit? Eine Aktivierung wie ReLU setzt alle negativen Zahlen auf 0. Bei zwei Kanälen zerstört das viel. Bei dreißig Kanälen ist ein Punkt, der in einem Kanal verloren geht, meist in einem anderen noch da.',
    c: 'Und warum keine Aktivierung nach der Projektion? Weil die Daten dort wieder schmal sind und eine ReLU sie zerstören würde. Der Engpass bleibt linear.',
  },
  description:
    'Links siehst du eine Spirale aus 200 Punkten mit je zwei Zahlen. Zufällige Gewichte weiten die Punkte auf n Kanäle, eine Aktivierung wird angewandt, und die beste lineare Projektion bringt sie auf zwei Zahlen zurück; die siehst du rechts. Ein Regler stellt n ein. Deine GPU berechnet beide Matrixprodukte und die Aktivierung. Darunter stehen der Anteil der Punkte, die in jedem Kanal 0 sind, und der Fehler, der nach der besten Begradigung bleibt.',
  steps: {
    a: 'Zwei Kanäle und ReLU. Große Teile der Spirale landen auf einer Linie oder in einem einzigen Punkt. Keine spätere Schicht kann sie zurückholen.',
    b: 'Schalte die Aktivierung aus. Die Spirale kommt genau so zurück, denn eine Projektion kann eine Weitung rückgängig machen. Der Verlust kommt allein von der Aktivierung.',
    c: 'Jetzt fünf Kanäle mit ReLU. Man erkennt wieder so etwas wie eine Spirale, aber sie ist verbogen.',
    d: 'Mit dreißig Kanälen überlebt die Form. Deshalb weiten die Blöcke, bevor sie aktivieren.',
    e: 'Ziehe ein paarmal andere Zufallsgewichte. Das Bild ändert sich, aber breit ist fast immer besser als schmal.',
  },
  note: 'Alle Aktivierungen sind ein kleiner Kernel. Die markierten Zeilen sind ReLU und relu6. Sie haben nichts zu lernen, und sie lassen sich nicht rückgängig machen: Was negativ ist, wird 0.',
  notes: {
    a: 'Eine Funktion einer Zahl, auf jedes Element angewandt. In einem Block ist sie mit der Faltung davor verschmolzen; allein sieht sie so aus.',
    b: 'Vier Zahlen pro Thread. FUNCTION steht fest, wenn der Kernel übersetzt wird.',
    c: 'NaN muss NaN bleiben, und in WGSL kann man es nicht hinschreiben.',
    d: 'ReLU behält v, wenn es mindestens 0 ist. Die Sigmoide drücken alles zwischen 0 und 1; ihre Eingänge lassen sich danach noch unterscheiden.',
    e: 'Der Logarithmus ist lang, weil sich Grafikkarten bei Sonderfällen uneinig sind.',
    f: 'Ein Thread pro Vec, wie in allen Kerneln dieser Art.',
    g: 'Die Wahl der Funktion. relu6 schneidet auch oberhalb von 6 ab.',
  },
  check: 'Einen kleinen Block prüfen',
  breakIt: {
    label: 'Auch den Engpass aktivieren',
    text: 'Drei Blöcke hintereinander, jeder mit 12 Kanälen innen. Die Projektionen sind linear, also wird die Spirale verbogen, bleibt aber ganz. Setze jetzt nach jeder Projektion eine ReLU.',
    caption: 'Die Spirale nach drei Blöcken',
    right:
      'Lineare Engpässe: {share} der Punkte haben unterwegs eine Zahl verloren. Die Spirale ist verbogen, aber ganz.',
    wrong:
      'ReLU im Engpass: {share} der Punkte haben unterwegs eine Zahl verloren, weil sie negativ war. Was übrig ist, liegt in einer Ecke.',
  },
  questions: {
    a: {
      question: 'Ist ein breiter Block nicht teuer?',
      answer:
        'Die 1-×-1-Faltungen schon, aber der teure 3-×-3-Filter ist tiefenweise: 9 Multiplikationen pro Wert, egal wie viele Kanäle es sind. Und was zwischen den Blöcken aufbewahrt wird und Speicher braucht, ist schmal.',
    },
    b: {
      question: 'Warum verbindet die Abkürzung die schmalen Enden und nicht die breiten?',
      answer:
        'Die schmalen Enden enthalten die ganze Information; das Innere ist eine vorübergehende Kopie. Schmale Tensoren zu addieren bewegt weniger Bytes. Beim Training lässt die Abkürzung den Gradienten unverändert durch jeden Block.',
    },
    c: {
      question:
        'Wenn die Daten in zwei Zahlen passen: Warum helfen 30 Kanäle ohne Aktivierung nicht noch mehr?',
      answer:
        'Ohne Aktivierung sind Weitung und Projektion zusammen eine einzige 2-×-2-Matrix: Nichts ist gewonnen. Erst die Aktivierung macht den Block mehr als linear, und die Breite sorgt dafür, dass das wenig Information kostet.',
    },
  },
  figure: {
    width: 'Kanäle innen',
    activation: 'Aktivierung',
    none: 'keine',
    again: 'Andere Zufallsgewichte',
    before: 'vorher',
    after: 'nach {n} Kanälen und zurück',
    result: '{dead} der Punkte sind in jedem Kanal 0. Fehler nach der besten Begradigung: {error}.',
  },
  exercises: {
    weights: {
      title: 'Zähle die Gewichte eines Blocks',
      task: 'Ein Block nimmt 24 Kanäle, weitet sie auf das Sechsfache, filtert mit 3 × 3 und projiziert zurück auf 24. Wie viele Gewichte haben seine drei Faltungen, ohne Bias und Normen?',
      hints: {
        a: 'Innen gibt es 6 · 24 = 144 Kanäle.',
        b: 'Die 1-×-1-Faltungen haben je 24 · 144 Gewichte, die tiefenweise 9 pro Kanal.',
      },
      unit: 'Gewichte',
      solution:
        '24 · 144 + 9 · 144 + 144 · 24 = 3.456 + 1.296 + 3.456 = 8.208. Eine dichte 3-×-3-Faltung mit 144 Kanälen hinein und hinaus hätte 186.624.',
    },
    chance: {
      title: 'Wie oft geht alles verloren?',
      task: 'Ein Punkt wird durch zufällige Gewichte, die mit gleicher Wahrscheinlichkeit positiv und negativ sind, auf 5 Kanäle geweitet. Wie wahrscheinlich ist es, dass nach ReLU alle fünf 0 sind? Antworte mit einer Zahl zwischen 0 und 1.',
      hints: {
        a: 'In einem einzelnen Kanal ist der Wert mit Wahrscheinlichkeit ein Halb negativ.',
        b: 'Die Kanäle sind unabhängig, also werden die Wahrscheinlichkeiten multipliziert.',
      },
      solution:
        '(1/2)⁵ = 1/32 = 0,031. Bei dreißig Kanälen wäre es etwa eins zu einer Milliarde. Dein Gerät zieht 40.000 Punkte, um das zu prüfen.',
    },
    residual: {
      title: 'Addiere die Abkürzung',
      task: 'Dieser Kernel projiziert das Innere eines Blocks zurück auf seine äußeren Kanäle. Er soll auch den Eingang des Blocks addieren. Das fehlt noch; und achte darauf, dass es keine Aktivierung gibt.',
      hints: {
        a: 'Der Eingang des Blocks heißt block und hat dieselbe Form wie das Ergebnis.',
        b: 'Zu addieren ist also block[i].',
      },
    },
  },
  takeaways: {
    a: 'Ein umgekehrter Residualblock ist außen schmal und innen breit: weiten, jeden Kanal filtern, projizieren, den Eingang addieren.',
    b: 'ReLU zerstört Information; in vielen Kanälen bleibt genug davon übrig.',
    c: 'Die schmalen Enden bleiben linear, weil eine Aktivierung dort zerstören würde, was der Rest des Netzes braucht.',
  },
  difficulties: {
    a: {
      difficulty: 'Die Lernenden glauben, dass mehr Kanäle mehr Information bedeuten.',
      help: 'Die Daten haben bei jeder Breite zwei Zahlen pro Punkt. Die übrigen Kanäle sind Kopien aus verschiedenen Blickrichtungen; sie sind nur wichtig, weil ReLU von jeder etwas abschneidet.',
    },
    b: {
      difficulty: 'Sie erwarten, dass die Spirale bei 30 Kanälen fehlerfrei ist.',
      help: 'Sie ist verbogen, und das schadet nicht: Ein Netz kann gerade biegen, was krumm ist, aber nicht, was zu einem Punkt zusammengefallen ist.',
    },
    c: {
      difficulty: '„Engpass“ klingt nach etwas Schlechtem.',
      help: 'Er spart absichtlich Speicher. Die Blöcke geben wenige Kanäle weiter und benutzen viele nur für einen Augenblick.',
    },
  },
};
