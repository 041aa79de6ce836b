using MiniBatch.Graphics.Images;
using MiniBatch.Graphics.Images.Conversion;
using MiniBatch.Shared.Datasets;
using MiniBatch.Shared.Runs;

namespace MiniBatch.LivePage.Model;

/// <summary>Pictures that somebody draws on the page or uploads: made what the dataset's are, as <c>predict --image</c> makes them.</summary>
internal static class BroughtPicture
{
    /// <summary>The most pixels of one: enough for a telephone's usual 12 megapixels, each of which takes some ten bytes while it is decoded.</summary>
    public const int PixelCountMax = 1 << 24;

    /// <summary>The picture as the dataset's are.</summary>
    /// <param name="file">Of any format that is read.</param>
    /// <param name="dataset">Whose pictures it is to be one of.</param>
    /// <returns>uint8[rows, columns], 0 = background.</returns>
    /// <exception cref="UserErrorException">It is none; the message says what is wrong with it.</exception>
    public static byte[] Convert(byte[] file, DatasetDescription dataset)
    {
        try
        {
            return DatasetConversion.Convert(ImageFile.Read(file, "the picture", PixelCountMax), dataset).Pixels;
        }
        catch (ImageException e)
        {
            throw new UserErrorException(e.Message, cause: e);
        }
    }
}
