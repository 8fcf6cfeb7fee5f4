import { MemoryRoomStore } from "../../../signaling/store/memory.ts";
import { describeRoomStore } from "../../conformance/room-store.ts";

describeRoomStore("Memory", async () => new MemoryRoomStore());
