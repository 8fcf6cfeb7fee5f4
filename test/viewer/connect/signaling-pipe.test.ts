import { SignalingPipe as HostPipe } from "../../../host-agent/transport/signaling-pipe.ts";
import { SignalingPipe } from "../../../viewer/connect/signaling-pipe.ts";
import { pipeConformance } from "../../conformance/pipe.ts";

// The server between the two is in link.test.ts; here each message takes a turn of the event loop.
pipeConformance("viewer and host through the signaling server", async () => {
  let waiting = 0;
  const near: SignalingPipe = new SignalingPipe({
    send: (message) => {
      waiting += 1;
      queueMicrotask(() => {
        waiting -= 1;
        far.receive(message);
      });
    },
    unsentMessages: () => waiting,
  });
  const far: HostPipe = new HostPipe((message) => queueMicrotask(() => near.receive(message)));
  // The meeting under both ends when one of them leaves.
  const closeNear = near.close.bind(near);
  near.close = () => {
    closeNear();
    queueMicrotask(() => far.close("the signaling connection is gone"));
  };
  const closeFar = far.close.bind(far);
  far.close = (why) => {
    closeFar(why);
    queueMicrotask(() => near.end("the connection to the server was lost"));
  };
  return { near, far, end: () => near.close() };
});
