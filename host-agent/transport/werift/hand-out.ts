import type { Association, InboundStream } from "./association.ts";

/**
 * werift hands out of a stream what has come in a row, and stops where another stream's packets lie between two messages: after
 * a loss what waited then comes one message late, each with the next, and the last not at all. Here all of it is handed out.
 */
export function handOutAll(association: Association): void {
  const streams = new WeakSet<InboundStream>();
  const open = association.getInboundStream;
  association.getInboundStream = (streamId) => {
    const stream = open.call(association, streamId);
    if (!streams.has(stream)) {
      streams.add(stream);
      const some = stream.popMessages;
      stream.popMessages = () => allOf(() => some.call(stream));
    }
    return stream;
  };
}

function* allOf<T>(next: () => Iterable<T>): Generator<T> {
  for (let found = true; found; ) {
    found = false;
    for (const one of next()) {
      found = true;
      yield one;
    }
  }
}
