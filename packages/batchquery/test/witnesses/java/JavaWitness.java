import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.VersionParser;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import shaded.parquet.com.fasterxml.jackson.databind.JsonNode;
import shaded.parquet.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Reads Parquet files with parquet-java for the tests. Each line of stdin is a request in JSON, and gets a line of JSON: the
 * types, the values, and what is wrong with the statistics, with the page index or with the rows that predicates find.
 */
public final class JavaWitness {
    private final InputFile input;
    private final ParquetReadOptions options =
            ParquetReadOptions.builder(new PlainParquetConfiguration()).usePageChecksumVerification(true).build();
    private final MessageType schema;
    private final String createdBy;
    private final Map<String, String> metadata;
    /** By column, and by group: the values, and the rows, which have lists instead of values in a list column. */
    private final List<List<List<Object>>> groups = new ArrayList<>();
    private final List<List<List<Object>>> rowsOfGroups = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private long rows = 0;

    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Object reply;
            try {
                JsonNode request = json.readTree(line);
                reply = new JavaWitness(Path.of(request.get("path").asText())).answer(request);
            } catch (Exception | StackOverflowError error) {
                reply = Map.of("error", error + " " + Objects.toString(error.getCause(), ""));
            }
            out.println(json.writeValueAsString(reply));
            out.flush();
        }
    }

    private JavaWitness(Path path) throws Exception {
        input = new LocalInputFile(path);
        try (ParquetFileReader reader = ParquetFileReader.open(input, options)) {
            schema = reader.getFileMetaData().getSchema();
            createdBy = reader.getFileMetaData().getCreatedBy();
            metadata = reader.getFileMetaData().getKeyValueMetaData();
            for (ColumnDescriptor column : schema.getColumns()) {
                groups.add(new ArrayList<>());
                rowsOfGroups.add(new ArrayList<>());
            }
            for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
                ColumnReadStoreImpl columns = new ColumnReadStoreImpl(
                        pages, new GroupRecordConverter(schema).getRootConverter(), schema, createdBy);
                for (int c = 0; c < groups.size(); c++) {
                    read(c, columns.getColumnReader(schema.getColumns().get(c)));
                }
                rows += pages.getRowCount();
            }
        }
    }

    private Map<String, Object> answer(JsonNode request) throws Exception {
        VersionParser.ParsedVersion version = VersionParser.parse(createdBy);
        if (!version.application.equals("batchquery") || !version.hasSemanticVersion()) {
            problems.add("the writer is not known: " + createdBy);
        }
        if (request.get("statistics").asBoolean()) new IndexCheck(schema, groups, rowsOfGroups, problems).check(input);
        if (request.get("predicates").asBoolean()) {
            for (int c = 0; c < groups.size(); c++) {
                // A predicate's name of a column has its path with dots.
                ColumnDescriptor column = schema.getColumns().get(c);
                boolean isList = column.getMaxRepetitionLevel() > 0;
                if (!isList && !column.getPath()[0].contains(".")) new PredicateCheck(input, schema, problems).check(column, groups.get(c));
            }
        }
        List<Object> values = new ArrayList<>();
        for (int c = 0; c < groups.size(); c++) {
            PrimitiveType type = schema.getColumns().get(c).getPrimitiveType();
            List<Object> shown = new ArrayList<>();
            if (request.get("values").asBoolean()) rowsOfGroups.get(c).forEach(g -> g.forEach(v -> shown.add(shown(type, v))));
            values.add(shown);
        }
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("rows", rows);
        reply.put("names", schema.getColumns().stream().map(column -> column.getPath()[0]).toList());
        reply.put("types", schema.getFields().stream().map(Object::toString).toList());
        reply.put("values", values);
        reply.put("createdBy", createdBy);
        reply.put("metadata", metadata);
        reply.put("problems", problems);
        return reply;
    }

    /** Reads a column of a row group. A list has a value for each element, and NULL if it is empty or NULL itself. */
    private void read(int column, ColumnReader reader) {
        List<Object> values = new ArrayList<>();
        List<Object> lists = new ArrayList<>();
        ColumnDescriptor descriptor = reader.getDescriptor();
        int present = descriptor.getMaxDefinitionLevel();
        boolean isList = descriptor.getMaxRepetitionLevel() > 0;
        for (long left = reader.getTotalValueCount(); left > 0; left--) {
            int level = reader.getCurrentDefinitionLevel();
            Object value = level < present ? null : valueOf(reader);
            values.add(value);
            if (isList) {
                // A NULL list, an empty one, a NULL element, and a value are one level apart.
                if (reader.getCurrentRepetitionLevel() == 0) lists.add(level < present - 2 ? null : new ArrayList<>());
                if (level >= present - 1) listAt(lists, lists.size() - 1).add(value);
            }
            reader.consume();
        }
        groups.get(column).add(values);
        rowsOfGroups.get(column).add(isList ? lists : values);
    }

    @SuppressWarnings("unchecked")
    private static List<Object> listAt(List<Object> lists, int index) {
        return (List<Object>) lists.get(index);
    }

    private static Object valueOf(ColumnReader reader) {
        switch (reader.getDescriptor().getPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN: return reader.getBoolean();
            case INT32: return reader.getInteger();
            case INT64: return reader.getLong();
            case FLOAT: return reader.getFloat();
            case DOUBLE: return reader.getDouble();
            default: return reader.getBinary().copy();
        }
    }

    /** A value as the tests have it. */
    private static Object shown(PrimitiveType type, Object value) {
        if (value == null || value instanceof Boolean) return value;
        if (value instanceof List<?> list) return list.stream().map(element -> shown(type, element)).toList();
        if (value instanceof Float number) return HexFormat.of().toHexDigits(Float.floatToRawIntBits(number));
        if (value instanceof Double number) return HexFormat.of().toHexDigits(Double.doubleToRawLongBits(number));
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        if (logical instanceof DecimalLogicalTypeAnnotation decimal) {
            BigInteger digits = value instanceof Binary bytes
                    ? new BigInteger(bytes.getBytes())
                    : BigInteger.valueOf(((Number) value).longValue());
            return new BigDecimal(digits, decimal.getScale()).toPlainString();
        }
        if (value instanceof Binary bytes) {
            if (logical != null) return bytes.toStringUsingUTF8();
            return HexFormat.of().withUpperCase().formatHex(bytes.getBytes());
        }
        boolean unsigned = logical instanceof IntLogicalTypeAnnotation integer && !integer.isSigned();
        if (!unsigned) return value.toString();
        return value instanceof Long number
                ? Long.toUnsignedString(number)
                : Integer.toUnsignedString((Integer) value);
    }
}
