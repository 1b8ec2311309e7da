import { describe, expect, test } from 'vitest';
import { readPromptNotes } from './prompt-notes.ts';

describe('notes of a memory block', () => {
  test('bullets under headings, as card methods write them', () => {
    expect(readPromptNotes('General:\n- Always: Be brief. Be kind.\n\nFor requests like this one:\n- When asked, use tables.')).toEqual({
      notes: ['Always: Be brief. Be kind.', 'When asked, use tables.'],
      isHistory: false,
      said: new Set(),
    });
  });

  test('running text by its sentences', () => {
    expect(readPromptNotes('The user likes bullets. Answers should be short.').notes).toEqual(['The user likes bullets.', 'Answers should be short.']);
    expect(readPromptNotes('').notes).toEqual([]);
  });

  test('a history: what the user said by its first lines, and a summary as notes', () => {
    const { notes, isHistory, said } = readPromptNotes('Summary of the first sessions:\nLikes tables.\n\nSession 4:\nAgent: Hello.\nUser: Please use bullets.\nThe second line.\nAgent: - A list\nUser: Thanks.');
    expect({ notes, isHistory, said: [...said] }).toEqual({ notes: ['Likes tables.'], isHistory: true, said: ['Please use bullets.', 'Thanks.'] });
  });
});
