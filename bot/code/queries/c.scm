(function_definition declarator: [
  (function_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  (pointer_declarator (pointer_declarator
    declarator: (function_declarator declarator: (identifier) @name)))]) @function
(translation_unit (declaration declarator: [
  (function_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))])
  @function)
(struct_specifier name: (type_identifier) @name body: (_)) @class
(union_specifier name: (type_identifier) @name body: (_)) @class
(enum_specifier name: (type_identifier) @name body: (_)) @type
(type_definition declarator: (type_identifier) @name) @type
(preproc_def name: (identifier) @name value: (_)) @constant
(preproc_function_def name: (identifier) @name) @constant

(call_expression function: [(identifier) @ref (field_expression field: (field_identifier) @ref)])
(parameter_declaration type: [(type_identifier) @ref (struct_specifier name: (_) @ref !body)])
(field_declaration type: [(type_identifier) @ref (struct_specifier name: (_) @ref !body)])
(declaration type: [(type_identifier) @ref (struct_specifier name: (_) @ref !body)])
(function_definition type: [(type_identifier) @ref (struct_specifier name: (_) @ref !body)])

(preproc_include path: [(string_literal) (system_lib_string)] @import)
