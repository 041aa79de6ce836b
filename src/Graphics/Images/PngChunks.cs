using System.Buffers.Binary;
using System.Text;

namespace MiniBatch.Graphics.Images;

/// <summary>What a PNG is made of, as far as the file goes. PNG specification, third edition, 5.3 (chunk layout).</summary>
internal static class PngChunks
{
    private const int HeaderBytes = 8;   // before the first chunk
    private const int FrameBytes = 12;   // of a chunk beside its data: length, type, checksum

    /// <summary>The data of all chunks of a type, in the file's order; of one that is cut what there is. Checksums are not looked at.</summary>
    /// <param name="file">A PNG; not copied.</param>
    /// <param name="type">Four letters.</param>
    public static IEnumerable<ArraySegment<byte>> Of(byte[] file, string type)
    {
        var letters = Encoding.ASCII.GetBytes(type);
        for (var at = HeaderBytes; at + FrameBytes <= file.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            var left = file.Length - at - FrameBytes;
            if (file.AsSpan(at + 4, 4).SequenceEqual(letters)) yield return new ArraySegment<byte>(file, at + 8, (int)Math.Min(length, left));
            if (length > left) break;
            at += FrameBytes + (int)length;
        }
    }
}
