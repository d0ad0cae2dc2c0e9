// Vectors, one and several.

import { embed, embedMany } from 'ai';
import { check, expect } from '../check.mjs';

export function registerEmbeddings() {
  const modelOf = (target) => target.client.compatible.textEmbeddingModel(target.embeddingModel);

  check('embeddings', 'compatible: embed', async (target) => {
    const { embedding } = await embed({ model: modelOf(target), value: 'one' });
    expect(embedding.length > 8 && embedding.every(Number.isFinite), 'a vector', embedding);
  });

  check('embeddings', 'compatible: embedMany', async (target) => {
    const { embeddings } = await embedMany({ model: modelOf(target), values: ['one', 'two', 'three'] });
    expect(embeddings.length === 3, 'three vectors', embeddings.length);
  });
}
