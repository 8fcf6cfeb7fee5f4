import { expect, it, vi } from "vitest";
import { AnswersInOrder } from "../../../protocol/crypto/answers-in-order.ts";

const LIMIT = { timeout: 8_000 };

const never = (error: unknown) => {
  throw error;
};

/** An answer that comes when it is told to. */
function later(): { readonly answer: Promise<string>; readonly come: (value: string) => void } {
  let come: (value: string) => void = () => {};
  const answer = new Promise<string>((resolve) => {
    come = resolve;
  });
  return { answer, come };
}

it("answers that are there at once are handed on at once", () => {
  const answers = new AnswersInOrder();
  const heard: string[] = [];
  answers.add("a", (value) => heard.push(value), never);
  answers.add("b", (value) => heard.push(value), never);
  expect(heard).toEqual(["a", "b"]);
  expect(answers.waiting).toBe(0);
});

it("answers that come later, and those behind them, keep the order of the questions", async () => {
  const answers = new AnswersInOrder();
  const heard: string[] = [];
  const [first, second] = [later(), later()];
  answers.add(first.answer, (value) => heard.push(value), never);
  answers.add(second.answer, (value) => heard.push(value), never);
  answers.add("third", (value) => heard.push(value), never);
  expect(answers.waiting).toBe(3);
  second.come("second");
  // Everything that promises alone can bring about has happened by then.
  await new Promise(setImmediate);
  expect(heard).toEqual([]);
  first.come("first");
  await vi.waitFor(() => expect(answers.waiting).toBe(0), LIMIT);
  expect(heard).toEqual(["first", "second", "third"]);
  answers.add("fourth", (value) => heard.push(value), never);
  expect(heard.at(-1)).toBe("fourth");
});

it("a refusal takes its turn like an answer", async () => {
  const answers = new AnswersInOrder();
  const heard: string[] = [];
  const first = later();
  answers.add(first.answer, (value) => heard.push(value), never);
  answers.add(
    Promise.reject(new Error("refused")),
    () => heard.push("taken"),
    (error) => heard.push(String(error)),
  );
  await new Promise(setImmediate);
  expect(heard).toEqual([]);
  first.come("first");
  await vi.waitFor(() => expect(answers.waiting).toBe(0), LIMIT);
  expect(heard).toEqual(["first", "Error: refused"]);
});
