"""page.py IN OUT: a text file as a C array, terminated."""
import sys

data = open(sys.argv[1], "rb").read() + b"\0"
with open(sys.argv[2], "w", encoding="ascii") as out:
    out.write("static const char page_html[] = {\n")
    for i in range(0, len(data), 20):
        out.write(",".join(str(b if b < 128 else b - 256) for b in data[i:i + 20]) + ",\n")
    out.write("};\n")
