import type { Texts } from '../en.ts';

export const lessonsDe: Texts['lessons'] = {
  convolution: {
    title: 'Die Faltung und ihr Gradient von Grund auf',
    aims: {
      a: 'eine Faltung von Hand berechnen und die Größe ihres Ergebnisses vorhersagen',
      b: 'Gewichte wählen, die auf Kanten ansprechen',
      c: 'sagen, was die Steigung eines Gewichts und die eines Pixels ist',
    },
  },
  backprop: {
    title: 'Backpropagation von Hand',
    aims: {
      a: 'die Steigungen einer kleinen Rechnung Schritt für Schritt von Hand berechnen',
      b: 'erklären, warum ein einziger Weg rückwärts für alle Gewichte genügt',
      c: 'sagen, was mit der Steigung eines zweimal verwendeten Wertes geschieht',
    },
  },
  'depthwise-separable': {
    title: 'Von der Faltung zur trennbaren Faltung',
    aims: {
      a: 'Parameter und Multiplikationen einer dichten und einer tiefenweise trennbaren Schicht berechnen',
      b: 'erklären, was jede Hälfte der trennbaren Form kann und was nicht',
      c: 'sagen, warum weniger Rechenschritte nicht immer entsprechend weniger Zeit bedeuten',
    },
  },
  'hard-swish': {
    title: 'Hard-Swish',
    aims: {
      a: 'Hard-Swish und seine Steigung von Hand berechnen',
      b: 'erklären, warum ein Netz Aktivierungen braucht und warum diese billig ist',
      c: 'eine Gradientenprüfung an einem Knick beurteilen',
    },
  },
  'batch-norm': {
    title: 'Batch-Norm, vorwärts und rückwärts',
    aims: {
      a: 'einen kleinen Batch von Hand normieren',
      b: 'den Unterschied zwischen Training und Auswertung erklären',
      c: 'eine Varianz berechnen, ohne Stellen zu verlieren',
    },
  },
  'inverted-residual': {
    title: 'Das umgekehrte Residuum und der lineare Engpass',
    aims: {
      a: 'den Block von MobileNetV2 zeichnen und seine Gewichte zählen',
      b: 'erklären, warum er dort breit ist, wo die Aktivierung ist',
      c: 'erklären, warum seine schmalen Enden keine Aktivierung haben',
    },
  },
  'training-dynamics': {
    title: 'Wie Training verläuft: Unter- und Überanpassung mit zwanzig Bildern',
    aims: {
      a: 'Unter- und Überanpassung an den Kurven zweier Verluste erkennen',
      b: 'erklären, was Weight Decay und Momentum in einem Schritt bewirken',
      c: 'sagen, wann Early Stopping anhält und warum es dafür eigene Bilder braucht',
    },
  },
  'how-a-gpu-adds': {
    title: 'Wie eine GPU Zahlen addiert',
    aims: {
      a: 'erklären, warum ein einzelner Thread langsam und ein Baum schnell ist',
      b: 'erklären, warum die Reihenfolge der Additionen die letzten Stellen ändert',
      c: 'eine Summe auf der GPU wiederholbar machen',
    },
  },
  'gpu-kernel': {
    title: 'Was eine GPU mit einem Kernel macht',
    aims: {
      a: 'Threads, Workgroups und Ladebefehle eines Kernels zählen',
      b: 'mit einem Roofline-Diagramm sagen, ob Bytes oder Multiplikationen eine Schicht begrenzen',
      c: 'erklären, warum eine Bibliothek misst, wie sie die Arbeit auf Threads verteilt',
    },
  },
  'confusion-matrix': {
    title: 'Eine Verwechslungsmatrix lesen; Verzerrung und die Grenzen der Ausdruckserkennung',
    aims: {
      a: 'Recall und Präzision aus einer Verwechslungsmatrix ablesen',
      b: 'erklären, wie Trainingsdaten ohne eine Gruppe zu Fehlern bei dieser Gruppe führen',
      c: 'sagen, was ein Netz für Gesichtsausdrücke wissen kann und was nicht',
    },
  },
  'coordinate-attention': {
    title: 'Koordinaten-Aufmerksamkeit',
    aims: {
      a: 'erklären, was Aufmerksamkeit multipliziert und wie die Faktoren entstehen',
      b: 'erklären, warum Zeilen- und Spaltentore wissen, wo etwas ist',
      c: 'den Preis nennen: Ein Produkt zweier Streifen hat den Rang eins',
    },
  },
  'complementary-pooling': {
    title: 'Komplementäres Pooling',
    aims: {
      a: 'erklären, was beim Mittelwert und was beim Maximum verloren geht',
      b: 'zwei Faltungen mit denselben Gewichten zu einer verschmelzen',
      c: 'sagen, wann das erlaubt ist',
    },
  },
  'center-loss': {
    title: 'Softmax und Center-Loss',
    aims: {
      a: 'eine Softmax ohne Überlauf berechnen',
      b: 'erklären, was die beiden Verlustfunktionen von den Merkmalen verlangen',
      c: 'vorhersagen, was ein größeres λ bewirkt',
    },
  },
  'why-lightweight': {
    title: 'Warum sparsam? Von VGG zu MobileNet, ShuffleNet, GhostNet',
    aims: {
      a: 'die Idee nennen, mit der jedes sparsame Netz spart',
      b: 'Parameter und Multiplikationen einer Schicht und eines Netzes zählen',
      c: 'erklären, warum die Reihenfolge nach Rechenschritten und die nach Zeit verschieden sind',
    },
  },
  'transfer-learning': {
    title: 'Transferlernen',
    aims: {
      a: 'erklären, welcher Teil eines Netzes für neue Klassen bleibt und welcher ersetzt wird',
      b: 'eine letzte Schicht auf Merkmalen trainieren, die nur einmal berechnet werden',
      c: 'an Bildern, die nicht zum Training dienten, messen, was gelernt wurde',
    },
  },
  'whole-network': {
    title: 'Das ganze Netz',
    aims: {
      a: 'die Tabelle eines Netzes lesen: Formen, Parameter, Multiplikationen, Zeit',
      b: 'den Teil finden, der am meisten Zeit, und den, der am meisten Speicher kostet',
      c: 'erklären, warum ein tiefes Netz ohne Batch-Norm nicht lernt',
    },
  },
};
