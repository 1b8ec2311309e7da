import { Card } from '../gen/attune/preference/v1/preference.ts';
import { hashHex } from '../platform/random.ts';
import { foldNote, isGlobalCondition } from './card-text.ts';
import type { Write } from './writes.ts';

/** One user's cards with their vectors, as they follow from the user's writes. */
export interface UserCards {
  /** Oldest first. */
  cards: Card[];
  /** One embedding per card, L2-normalised. */
  vectors: Float32Array[];
  /** SHA-256 over the writes; empty when there are none. */
  stateHash: string;
}

/**
 * Replays writes into cards. A preference whose folded note stands already confirms that card and adds
 * none (spec: algorithm.md 4.7, rule 1).
 */
export function replay(writes: readonly Write[]): UserCards {
  const cards: Card[] = [];
  const vectors: Float32Array[] = [];
  const byNote = new Map<string, Card>();
  for (const { session, turn, preferences, embeddings } of writes) {
    const all = floats(embeddings);
    const dimensions = preferences.length === 0 ? 0 : all.length / preferences.length;
    preferences.forEach((preference, index) => {
      const folded = foldNote(preference.note);
      const known = byNote.get(folded);
      if (known) {
        known.confirmations += 1;
        known.lastSeenSession = session;
        known.lastSeenTurn = turn;
        return;
      }
      const card = Card.fromPartial({
        ...preference,
        isGlobal: isGlobalCondition(preference.condition),
        createdSession: session,
        createdTurn: turn,
        lastSeenSession: session,
        lastSeenTurn: turn,
      });
      byNote.set(folded, card);
      cards.push(card);
      vectors.push(all.slice(index * dimensions, (index + 1) * dimensions));
    });
  }
  return { cards, vectors, stateHash: writes.length === 0 ? '' : hashHex(JSON.stringify(writes.map(hashed))) };
}

/** Vectors as bytes, float32 little-endian (x86-64 and arm64 store them so). */
export function toBytes(vectors: readonly Float32Array[]): Buffer {
  return Buffer.concat(vectors.map((v) => Buffer.from(v.buffer, v.byteOffset, v.byteLength)));
}

/** Scales a vector to length 1; a zero vector stays. */
export function normalised(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const x of vector) sum += x * x;
  return sum === 0 ? vector : vector.map((x) => x / Math.sqrt(sum));
}

function floats(bytes: Buffer): Float32Array {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function hashed(write: Write): unknown[] {
  return [write.session, write.turn, write.preferences];
}
