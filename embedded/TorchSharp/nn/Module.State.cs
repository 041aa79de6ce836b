namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// TorchSharp's own file format: the number of tensors, then of each its name, type, rank and sizes, and its elements.
        /// Numbers are LEB128, names as <see cref="BinaryWriter"/> writes strings, types <see cref="ScalarType"/>'s numbers,
        /// elements row-major and little-endian. Source: TorchSharp's docs, "Saving and Restoring Model Weights and Buffers", and
        /// the script for Python that they name.
        /// </summary>
        public partial class Module
        {
            /// <summary>Parameters, then buffers that are persistent, by name; the module's own tensors, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                var tensors = named_parameters().Select(p => (p.name, tensor: (Tensor)p.parameter))
                    .Concat(named_buffers(include_nonpersistent: false).Select(b => (b.name, b.buffer)));
                foreach (var (name, tensor) in tensors) destination.TryAdd(string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}", tensor);
                return destination;
            }

            /// <param name="location">Overwritten.</param>
            /// <param name="skip">Names that are left out.</param>
            public Module save(string location, IList<string>? skip = null)
            {
                using var stream = File.Create(location);
                return save(stream, skip);
            }

            /// <param name="stream">Closed afterwards.</param>
            /// <param name="skip">Names that are left out.</param>
            public Module save(Stream stream, IList<string>? skip = null)
            {
                using var writer = new BinaryWriter(stream);
                return save(writer, skip);
            }

            public Module save(BinaryWriter writer, IList<string>? skip = null)
            {
                var tensors = state_dict().Where(entry => skip?.Contains(entry.Key) != true).ToList();
                writer.Write7BitEncodedInt64(tensors.Count);
                foreach (var (name, tensor) in tensors)
                {
                    writer.Write(name);
                    Write(writer, tensor);
                }
                return this;
            }

            /// <exception cref="FileNotFoundException">There is no such file.</exception>
            /// <exception cref="ArgumentException">Other names, types or shapes than this module's.</exception>
            public virtual Module load(string location, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                using var stream = File.OpenRead(location);
                return load(stream, strict, skip, loadedParameters);
            }

            /// <param name="stream">Closed afterwards.</param>
            /// <param name="strict">Whether names must be just this module's.</param>
            /// <param name="skip">Names whose tensors stay as they are.</param>
            /// <param name="loadedParameters">Filled with the names of the file, and whether this module has them.</param>
            public Module load(Stream stream, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                using var reader = new BinaryReader(stream);
                return load(reader, strict, skip, loadedParameters);
            }

            public virtual Module load(BinaryReader reader, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                var own = state_dict();
                var count = reader.Read7BitEncodedInt64();
                if (strict && count != own.Count) throw new ArgumentException($"The module has {own.Count} tensors and the file {count}.");
                for (long i = 0; i < count; i++)
                {
                    var name = reader.ReadString();
                    var isOwn = own.TryGetValue(name, out var tensor);
                    if (strict && !isOwn) throw new ArgumentException($"The module has no tensor named {name}.");
                    Read(reader, isOwn && skip?.Contains(name) != true ? tensor : null, name);
                    loadedParameters?.Add(name, isOwn);
                }
                return this;
            }

            private static void Write(BinaryWriter writer, Tensor tensor)
            {
                writer.Write7BitEncodedInt64((long)tensor.dtype);
                writer.Write7BitEncodedInt64(tensor.Dimensions);
                foreach (var size in tensor.shape) writer.Write7BitEncodedInt64(size);
                using var scope = NewDisposeScope();
                using var none = no_grad();
                writer.Write(tensor.cpu().contiguous().bytes);
            }

            /// <summary>Reads past a tensor, and into <paramref name="target"/> if there is one.</summary>
            private static void Read(BinaryReader reader, Tensor? target, string name)
            {
                using var scope = NewDisposeScope();
                using var none = no_grad();
                var type = (ScalarType)reader.Read7BitEncodedInt64();
                var shape = new long[reader.Read7BitEncodedInt64()];
                for (var i = 0; i < shape.Length; i++) shape[i] = reader.Read7BitEncodedInt64();
                if (target is not null && type != target.dtype) throw new ArgumentException($"{name} is {type} in the file and {target.dtype} in the module.");
                if (target is not null && !shape.SequenceEqual(target.shape))
                    throw new ArgumentException($"{name} is [{string.Join(", ", shape)}] in the file and [{string.Join(", ", target.shape)}] in the module.");
                using var read = empty(shape, type);
                reader.BaseStream.ReadExactly(read.bytes);
                target?.copy_(read).Dispose();
            }
        }
    }
}
